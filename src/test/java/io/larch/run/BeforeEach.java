package io.larch.run;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import io.larch.cluster.Interception;

/** Does something before one actor takes a message of a kind, each time, on the actor's thread. */
record BeforeEach(String actor, String message, Runnable action) implements Interception {
  /**
   * Does nothing yet.
   *
   * @param message simple name of the message's class
   */
  BeforeEach {}

  @Override
  public <T> Behavior<T> around(String name, Behavior<T> behavior) {
    return name.equals(actor)
        ? Behaviors.intercept(() -> this.<T>interceptor(), behavior)
        : behavior;
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
