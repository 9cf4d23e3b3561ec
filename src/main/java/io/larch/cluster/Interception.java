package io.larch.cluster;

import akka.actor.typed.Behavior;

/**
 * Stands between a supervisor and an actor, to watch its messages or to break it on purpose. Lies
 * inside supervision, so that what it throws is treated like the actor's own exception.
 */
public interface Interception {
  /** Lets every message pass. */
  Interception NONE =
      new Interception() {
        @Override
        public <T> Behavior<T> around(String actor, Behavior<T> behavior) {
          return behavior;
        }
      };

  /**
   * Wraps the behaviour of an actor.
   *
   * @param actor {@code worker-0}, {@code aggregator}, {@code layer-NAME}, {@code node} or {@code
   *     trainer}
   */
  <T> Behavior<T> around(String actor, Behavior<T> behavior);
}
