package io.larch.cluster;

import io.larch.observe.Event;
import java.util.List;

/** Who is told how a run goes. Called on an actor's thread; must return quickly. */
public interface RunObserver extends Event.Listener {
  /**
   * All steps are done, evaluated and kept.
   *
   * @param weightsSha256 of weights and statistics, the same on every node
   */
  void finished(String weightsSha256);

  /** The run cannot go on; the reason is a sentence. */
  void failed(String reason);

  /** The run cannot begin; the paragraph says why. */
  void refused(String paragraph);

  /** A layer's gradient is not finite in these lanes; the step was not applied. */
  void diverged(long step, String layer, List<Integer> lanes);
}
