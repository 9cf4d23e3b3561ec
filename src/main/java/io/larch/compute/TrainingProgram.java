package io.larch.compute;

import java.nio.FloatBuffer;
import java.util.function.Consumer;

/** A network compiled for training on micro-batches of so many pictures. */
public interface TrainingProgram extends StepProgram {
  /** Samples in a micro-batch. */
  int microBatch();

  /**
   * The input, [N, C, H, W] row-major, to be filled before each call of {@link #step}; valid until
   * close.
   */
  FloatBuffer images();

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
}
