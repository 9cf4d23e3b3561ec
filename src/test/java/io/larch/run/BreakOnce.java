package io.larch.run;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import io.larch.cluster.Interception;
import java.util.concurrent.atomic.AtomicInteger;

/** Breaks something once: just before one actor takes its n-th message of a kind. */
final class BreakOnce implements Interception {
  private final String actor;
  private final String message;
  private final AtomicInteger left;
  private final Runnable harm;

  /** Breaks the actor: it throws instead of taking the message. */
  BreakOnce(String actor, String message, int nth) {
    this(
        actor,
        message,
        nth,
        () -> {
          throw new IllegalStateException("broken on purpose at " + message);
        });
  }

  /**
   * Breaks whatever {@code harm} breaks.
   *
   * @param message simple name of the message's class
   * @param nth counted from 1
   */
  BreakOnce(String actor, String message, int nth, Runnable harm) {
    this.actor = actor;
    this.message = message;
    left = new AtomicInteger(nth);
    this.harm = harm;
  }

  boolean hasBroken() {
    return left.get() <= 0;
  }

  @Override
  public <T> Behavior<T> around(String name, Behavior<T> behavior) {
    return name.equals(actor) ? Behaviors.intercept(() -> this.<T>breaker(), behavior) : behavior;
  }

  @SuppressWarnings("unchecked")
  private <T> BehaviorInterceptor<T, T> breaker() {
    return new BehaviorInterceptor<>((Class<T>) Object.class) {
      @Override
      public Behavior<T> aroundReceive(
          TypedActorContext<T> context, T received, ReceiveTarget<T> target) {
        if (received.getClass().getSimpleName().equals(message) && left.decrementAndGet() == 0) {
          harm.run();
        }
        return target.apply(context, received);
      }
    };
  }
}
