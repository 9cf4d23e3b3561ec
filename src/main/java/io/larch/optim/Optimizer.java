package io.larch.optim;

import io.larch.model.Tensor;
import java.util.List;

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

  /** Whether any tensor's update needs the norms of its whole weight and gradient. */
  boolean needsNorms();

  /**
   * The trust ratio of a tensor: 1 when either norm is 0; the fixed one when the tensor is not
   * adapted.
   */
  double trustRatio(TensorRule rule, double learningRate, double weightNorm, double gradientNorm);

  /**
   * One step on every node, in place.
   *
   * @param gradient mean over the global batch; its contents are used up
   * @param weights committed weights on entry
   * @param buffers committed buffers on entry, in the order of {@link #buffers}
   */
  void update(float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars);
}
