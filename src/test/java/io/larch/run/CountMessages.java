package io.larch.run;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import io.larch.cluster.Interception;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts one actor's messages of a kind and lets them pass. */
final class CountMessages implements Interception {
  private final String actor;
  private final String message;
  private final AtomicInteger count = new AtomicInteger();

  /**
   * Counts nothing yet.
   *
   * @param message simple name of the message's class
   */
  CountMessages(String actor, String message) {
    this.actor = actor;
    this.message = message;
  }

  int count() {
    return count.get();
  }

  @Override
  public <T> Behavior<T> around(String name, Behavior<T> behavior) {
    return name.equals(actor) ? Behaviors.intercept(() -> this.<T>counter(), behavior) : behavior;
  }

  @SuppressWarnings("unchecked")
  private <T> BehaviorInterceptor<T, T> counter() {
    return new BehaviorInterceptor<>((Class<T>) Object.class) {
      @Override
      public Behavior<T> aroundReceive(
          TypedActorContext<T> context, T received, ReceiveTarget<T> target) {
        if (received.getClass().getSimpleName().equals(message)) {
          count.incrementAndGet();
        }
        return target.apply(context, received);
      }
    };
  }
}
