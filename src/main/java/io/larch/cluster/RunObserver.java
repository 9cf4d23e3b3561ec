package io.larch.cluster;

import io.larch.observe.Event;
import java.util.List;

/**
 * Who is told by the Trainer how the run goes. Called on the Trainer's thread; must return quickly.
 */
public interface RunObserver extends Event.Listener {
  /** All steps are done, evaluated and kept. */
  void finished();

  /** The run cannot go on; the reason is a sentence. */
  void failed(String reason);

  /** A layer's gradient is not finite in these lanes; the step was not applied. */
  void diverged(long step, String layer, List<Integer> lanes);
}
