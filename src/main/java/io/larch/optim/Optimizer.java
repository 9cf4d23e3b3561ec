package io.larch.optim;

import io.larch.model.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * An update rule. The mean gradient travels, and every node applies the rule to its own replica:
 * same inputs, same operations, same bits. It works on short pieces of one tensor, so a caller may
 * walk memory in any pieces without changing a bit.
 */
public interface Optimizer {
  /** Names of the buffers kept beside the weights, in order, such as {@code velocity}. */
  List<String> buffers();

  /** The effective settings of a tensor. Statistics are no business of an optimizer. */
  TensorRule rule(Tensor tensor);

  /**
   * Forms the vector whose norm the trust ratio compares with the weights', where that is not the
   * gradient itself.
   */
  default Optional<Direction> direction() {
    return Optional.empty();
  }

  /**
   * The trust ratio of a tensor: 1 when either norm is 0; the fixed one when the tensor is not
   * adapted.
   *
   * @param directionNorm of the vector that {@link #direction} forms, else of the mean gradient
   */
  double trustRatio(TensorRule rule, double learningRate, double weightNorm, double directionNorm);

  /**
   * One step on every node, in place.
   *
   * @param gradient mean over the global batch; its contents are used up
   * @param weights committed weights on entry
   * @param buffers committed buffers on entry, in the order of {@link #buffers}
   */
  void update(float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars);

  /** What a step would move the weights by, but for rate and ratio. */
  interface Direction {
    /**
     * Puts the direction in the place of the gradient; weights and buffers are as for {@link
     * Optimizer#update}, and used up. The ratio of the scalars has no part in it.
     */
    void form(float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars);
  }
}
