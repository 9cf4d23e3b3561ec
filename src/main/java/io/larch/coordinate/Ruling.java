package io.larch.coordinate;

import io.larch.reduce.LayerNorms.TensorNorms;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What is decided of a step over the gradient of all layers.
 *
 * @param factor what the mean gradient is multiplied by before anything else is done with it
 * @param nonFinite the tensor whose gradient is not finite, of several the last, which backward
 *     reaches first; empty if all are finite
 */
public record Ruling(double factor, String nonFinite) {
  /** Added to the norm, as in PyTorch's clip_grad_norm_. */
  private static final double EPSILON = 1e-6;

  /**
   * The ruling on a step.
   *
   * @param norms of the mean gradient of all trained tensors, in order
   * @param clipNorm the most that the norm of the whole gradient may be
   */
  public static Ruling of(List<TensorNorms> norms, OptionalDouble clipNorm) {
    String nonFinite = "";
    double squares = 0;
    for (TensorNorms norm : norms) {
      nonFinite = Double.isFinite(norm.direction()) ? nonFinite : norm.tensor();
      squares += norm.direction() * norm.direction();
    }
    double factor = clipNorm.orElse(Double.POSITIVE_INFINITY) / (Math.sqrt(squares) + EPSILON);
    return new Ruling(nonFinite.isEmpty() ? Math.min(factor, 1) : 1, nonFinite);
  }

  /** Whether the gradient is finite. */
  public boolean isFinite() {
    return nonFinite.isEmpty();
  }
}
