package io.larch.compute;

import java.nio.FloatBuffer;

/** A network compiled for inference on batches of one size. Used on its device's thread only. */
public interface InferenceProgram extends AutoCloseable {
  int batch();

  /** The input, [N, C, H, W] row-major, to be filled before each call; valid until close. */
  FloatBuffer images();

  /** Takes the weights and running statistics out of a flat block. */
  void pack(FloatBlock weights);

  /** Forward; the result, [N, classes] row-major, is valid until the next call. */
  FloatBuffer logits();

  /**
   * Forward over the first {@code labels.length} samples, which may be fewer than the batch. The
   * loss is cross-entropy without label smoothing.
   */
  Outcome evaluate(int[] labels);

  @Override
  void close();
}
