package io.larch.coordinate;

import io.larch.observe.Event;
import io.larch.observe.TensorFigures;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The gradient noise scale, from what a step computes anyway: McCandlish et al., "An empirical
 * model of large-batch training" (2018), appendix A.1. With g the mean gradient over so many
 * samples, G the true gradient and Σ a sample's covariance,
 *
 * <pre>
 *   E‖g‖² = ‖G‖² + tr Σ / samples
 * </pre>
 *
 * holds for a lane's samples as for the global batch, and from the two follow both unknowns. Their
 * quotient B = tr Σ / ‖G‖² is about the batch beyond which a larger one saves few steps, so that
 * further machines stop paying. Each estimate is noisy: both are averaged over steps, with weights
 * that fall by a tenth from one to the next, and only then divided.
 */
final class NoiseScale {
  private static final double KEEP = 0.9;

  private double gradient;
  private double variance;

  /**
   * Takes a measured step.
   *
   * @param lanes what each lane said
   * @param tensors with the norms of the mean gradient over the global batch
   * @return what is told of it; nothing where a value is missing or not finite
   */
  Optional<Event.Noise> measured(long step, List<LaneOutcome> lanes, List<TensorFigures> tensors) {
    double all = lanes.stream().mapToDouble(lane -> lane.outcome().samples()).sum();
    double few = 1 / mean(lanes.stream().mapToDouble(NoiseScale::inverse).toArray());
    double ofFew = mean(lanes.stream().mapToDouble(NoiseScale::squares).toArray());
    double ofAll = tensors.stream().mapToDouble(t -> t.gradient() * t.gradient()).sum();
    if (tensors.isEmpty() || !Double.isFinite(ofFew + ofAll) || few >= all) {
      return Optional.empty();
    }
    average((all * ofAll - few * ofFew) / (all - few), (ofFew - ofAll) / (1 / few - 1 / all));
    double scale = variance / gradient;
    return Optional.of(new Event.Noise(step, gradient > 0 && scale > 0 ? scale : null));
  }

  /** A common factor of both averages, as at the beginning, does not matter. */
  private void average(double newGradient, double newVariance) {
    gradient = KEEP * gradient + (1 - KEEP) * newGradient;
    variance = KEEP * variance + (1 - KEEP) * newVariance;
  }

  private static double inverse(LaneOutcome lane) {
    return 1.0 / lane.outcome().samples();
  }

  /** Of a lane's mean gradient. */
  private static double squares(LaneOutcome lane) {
    double samples = lane.outcome().samples();
    return lane.gradientSquares() / (samples * samples);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }
}
