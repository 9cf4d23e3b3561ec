package io.larch.optim;

import io.larch.model.Tensor;
import java.util.List;

/**
 * An update rule in the two halves that the reduction needs. The root of a slice turns the mean
 * gradient into what travels; every node, the root included, applies what has travelled to its own
 * replica. Both work on short pieces of one tensor, so a caller may walk memory in any pieces
 * without changing a bit.
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
   * At the root: turns the mean gradient, in place, into what travels.
   *
   * @param weights committed weights, not changed
   * @param buffers committed buffers in the order of {@link #buffers}, not changed
   */
  void travel(float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars);

  /** On every node: applies what has travelled, in place, to weights and buffers. */
  void apply(float[] travelled, float[] weights, float[][] buffers, int count, Scalars scalars);
}
