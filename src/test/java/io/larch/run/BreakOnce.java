package io.larch.run;

import akka.actor.typed.Behavior;
import io.larch.cluster.BeforeEach;
import io.larch.cluster.Interception;
import java.util.concurrent.atomic.AtomicInteger;

/** Breaks something once: just before one actor takes its n-th message of a kind. */
final class BreakOnce implements Interception {
  private final AtomicInteger left;
  private final BeforeEach breaker;

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
    left = new AtomicInteger(nth);
    breaker =
        new BeforeEach(
            actor,
            message,
            () -> {
              if (left.decrementAndGet() == 0) {
                harm.run();
              }
            });
  }

  boolean hasBroken() {
    return left.get() <= 0;
  }

  @Override
  public <T> Behavior<T> around(String name, Behavior<T> behavior) {
    return breaker.around(name, behavior);
  }
}
