package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.model.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Layer-wise adaptive moments: You et al., "Large batch optimization for deep learning: training
 * BERT in 76 minutes" (ICLR 2020), Algorithm 2. Each tensor takes the direction r of {@link
 * Moments}, weight decay included, scaled by its trust ratio
 *
 * <pre>
 *   λ = ‖w‖ / ‖r‖      w ← w − γ·λ·r
 * </pre>
 *
 * with φ the identity. λ is 1 when either norm is 0, and the fixed ratio for excluded tensors.
 */
public final class Lamb implements Optimizer {
  private final OptimizerSettings settings;
  private final Exclusion exclusion;
  private final Moments moments;

  public Lamb(OptimizerSettings settings) {
    this.settings = settings;
    this.exclusion = new Exclusion(settings);
    this.moments = new Moments(settings.adam());
  }

  @Override
  public List<String> buffers() {
    return moments.buffers();
  }

  @Override
  public TensorRule rule(Tensor tensor) {
    boolean adapted = !exclusion.excludes(tensor);
    double fixedRatio = adapted ? 1 : settings.excludedRatio();
    return new TensorRule(adapted, fixedRatio, exclusion.weightDecay(tensor));
  }

  @Override
  public Optional<Direction> direction() {
    return Optional.of(moments::direction);
  }

  @Override
  public double trustRatio(
      TensorRule rule, double learningRate, double weightNorm, double directionNorm) {
    if (!rule.adapted()) {
      return rule.fixedRatio();
    }
    return weightNorm == 0 || directionNorm == 0 ? 1 : weightNorm / directionNorm;
  }

  @Override
  public void update(
      float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars) {
    moments.update(gradient, weights, buffers, count, scalars);
  }
}
