package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.model.Tensor;
import java.util.List;

/**
 * Layer-wise adaptive rate scaling: Ginsburg, You and Keutzer, "Large batch training of
 * convolutional networks with LARS" (2018), Algorithm 1; You et al., IEEE TPDS 2019. Each tensor is
 * scaled by itself, by its trust ratio
 *
 * <pre>
 *   λ = η·‖w‖ / (‖g‖ + β·‖w‖ + ε)
 * </pre>
 *
 * with L2 norms, g the mean gradient of the data alone (before weight decay), β the tensor's weight
 * decay and ε = 0 in the paper. λ is 1 when ‖w‖ or ‖g‖ is 0, so a tensor that begins at zero takes
 * the schedule's full rate; large-batch rates of 2 to 40 make that a reason to exclude such tensors
 * and give them a small fixed ratio. {@link Momentum} says how γλ enters the update; the paper has
 * it inside the momentum.
 *
 * <p>With {@code clip} (LARC, as in NVCaffe 0.17 and apex), the rate of an adapted tensor is min(γ,
 * λ) instead of γ·λ: the trust ratio is min(λ / γ, 1), and 1 when γ is 0.
 */
public final class Lars implements Optimizer {
  private final OptimizerSettings settings;
  private final Exclusion exclusion;
  private final Momentum momentum;

  public Lars(OptimizerSettings settings) {
    this.settings = settings;
    this.exclusion = new Exclusion(settings);
    this.momentum = new Momentum(settings);
  }

  @Override
  public List<String> buffers() {
    return momentum.buffers();
  }

  @Override
  public TensorRule rule(Tensor tensor) {
    boolean adapted = !exclusion.excludes(tensor);
    double fixedRatio = adapted ? 1 : settings.excludedRatio();
    return new TensorRule(adapted, fixedRatio, exclusion.weightDecay(tensor));
  }

  @Override
  public double trustRatio(
      TensorRule rule, double learningRate, double weightNorm, double gradientNorm) {
    if (!rule.adapted()) {
      return rule.fixedRatio();
    }
    if (weightNorm == 0 || gradientNorm == 0) {
      return 1;
    }
    double local =
        settings.trustCoefficient()
            * weightNorm
            / (gradientNorm + rule.weightDecay() * weightNorm + settings.epsilon());
    return settings.clip() ? clipped(local, learningRate) : local;
  }

  private static double clipped(double local, double learningRate) {
    return learningRate == 0 ? 1 : Math.min(local / learningRate, 1);
  }

  @Override
  public void update(
      float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars) {
    momentum.update(gradient, weights, buffers, count, scalars);
  }
}
