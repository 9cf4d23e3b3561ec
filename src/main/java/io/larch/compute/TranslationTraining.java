package io.larch.compute;

import io.larch.data.PairBatch;
import java.util.function.Consumer;

/**
 * A network that translates, compiled for training: a program for each shape of micro-batches. They
 * share the packed weights and, one running at a time, their memory.
 */
public interface TranslationTraining extends StepProgram {
  /**
   * Forward and backward over one micro-batch. The gradient of the <em>sum</em> of the losses of
   * all labels that have weight is written to (or added to) the flat block. What the outcome counts
   * as samples are such labels.
   *
   * @param pairs of one of the shapes compiled for
   * @param accumulate whether to add to the gradient instead of writing it
   * @param layerReady called with a layer's name as soon as all its gradients are in the block,
   *     from the last layer to the first
   */
  Outcome step(
      PairBatch pairs, FloatBlock gradient, boolean accumulate, Consumer<String> layerReady);
}
