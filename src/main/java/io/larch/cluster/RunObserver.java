package io.larch.cluster;

import io.larch.observe.Event;

/**
 * Who is told on a node how runs go. Every node of a run is told the same. Called on an actor's
 * thread; must return quickly.
 */
public interface RunObserver extends Event.Listener {
  /** A run is being made ready here; what is told from now on is of it. */
  void begins(String run);

  /** The run has ended, and all it took is free. */
  void ended(RunEnd end);
}
