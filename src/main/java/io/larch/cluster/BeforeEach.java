package io.larch.cluster;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;

/**
 * Does something before one actor takes a message of a kind, each time, on the actor's thread.
 *
 * @param actor as {@link Interception#around} has it
 * @param message simple name of the message's class
 */
public record BeforeEach(String actor, String message, Runnable action) implements Interception {
  @Override
  public <T> Behavior<T> around(String name, Behavior<T> behavior) {
    return name.equals(actor) ? Behaviors.intercept(this::<T>interceptor, behavior) : behavior;
  }

  @SuppressWarnings("unchecked")
  private <T> BehaviorInterceptor<T, T> interceptor() {
    return new BehaviorInterceptor<>((Class<T>) Object.class) {
      @Override
      public Behavior<T> aroundReceive(
          TypedActorContext<T> context, T received, ReceiveTarget<T> target) {
        if (received.getClass().getSimpleName().equals(message)) {
          action.run();
        }
        return target.apply(context, received);
      }
    };
  }
}
