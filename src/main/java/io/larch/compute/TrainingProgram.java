package io.larch.compute;

import io.larch.observe.Track;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * A network compiled for training on micro-batches of one size. Used on its device's thread only.
 */
public interface TrainingProgram extends AutoCloseable {
  /** Samples in a micro-batch. */
  int microBatch();

  /**
   * The input, [N, C, H, W] row-major, to be filled before each call of {@link #step}; valid until
   * close.
   */
  FloatBuffer images();

  /** Takes the weights for the next steps out of a flat block (reorders, converts). Once a step. */
  void pack(FloatBlock weights);

  /**
   * Forward and backward over one micro-batch. The gradient of the <em>sum</em> of the samples'
   * losses is written to (or added to) the flat block; at the places of statistics, the
   * micro-batch's mean and unbiased variance.
   *
   * @param labels class of each sample, [N], or {@link io.larch.data.Labels#WEIGHTLESS}
   * @param firstPosition position of the first sample in the run's stream; the others follow it
   * @param accumulate whether to add to the gradient instead of writing it
   * @param layerReady called with a layer's name as soon as all its gradients are in the block,
   *     from the last layer to the first
   */
  Outcome step(
      int[] labels,
      long firstPosition,
      FloatBlock gradient,
      boolean accumulate,
      Consumer<String> layerReady);

  /** From now on tells a track of every layer, forward and backward, while a timeline is taken. */
  void tell(Track track);

  /** When backward began in the last {@link #step}, by {@link System#nanoTime}. */
  long backwardBeganNs();

  /**
   * Where the time of all steps so far went, in the order of the instructions; for some steps only,
   * subtract what was said before them.
   */
  List<Timing> timings();

  @Override
  void close();
}
