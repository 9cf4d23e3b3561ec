package io.larch.model;

import java.util.List;

/**
 * One tensor of a network's state.
 *
 * @param name unique in the network, such as {@code conv1.weight}
 * @param layer the layer it belongs to, such as {@code conv1}
 * @param shape extents in logical, row-major order: [out, in / groups, height, width] for a
 *     convolution, [out, in] for a linear layer, [channels] for the rest
 * @param initializer its value before the first step
 */
public record Tensor(
    String name, String layer, List<Integer> shape, Kind kind, Initializer initializer) {
  /** What a tensor is for; optimizers exclude by it. */
  public enum Kind {
    WEIGHT,
    BIAS,
    NORM_SCALE,
    NORM_SHIFT,
    /** A batch-norm running mean. Not trained: it moves towards the mean of the groups' means. */
    RUNNING_MEAN,
    /**
     * A batch-norm running variance. Not trained: it moves towards the mean of unbiased variances.
     */
    RUNNING_VARIANCE;

    public boolean isStatistic() {
      return this == RUNNING_MEAN || this == RUNNING_VARIANCE;
    }
  }

  public Tensor {
    shape = List.copyOf(shape);
  }

  /** Number of values. */
  public int size() {
    return shape.stream().reduce(1, Math::multiplyExact);
  }
}
