package io.larch.compute;

import io.larch.observe.Track;
import java.util.List;

/** A network compiled for training, whatever its samples are. Used on its device's thread only. */
public interface StepProgram extends AutoCloseable {
  /**
   * Takes the weights for the next steps out of a flat block (reorders, converts). Once a step; the
   * block must not change until the step is over.
   */
  void pack(FloatBlock weights);

  /** From now on tells a track of every layer, forward and backward, while a timeline is taken. */
  void tell(Track track);

  /** When backward began in the last step, by {@link System#nanoTime}. */
  long backwardBeganNs();

  /**
   * Where the time of all steps so far went, in the order of the instructions; for some steps only,
   * subtract what was said before them.
   */
  List<Timing> timings();

  @Override
  void close();
}
