package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.model.Tensor;
import java.util.List;

/**
 * Stochastic gradient descent with momentum: {@link Momentum} with every ratio 1. Excluded tensors
 * keep the full rate and only lose their weight decay.
 */
public final class Sgd implements Optimizer {
  private final Exclusion exclusion;
  private final Momentum momentum;

  public Sgd(OptimizerSettings settings) {
    this.exclusion = new Exclusion(settings);
    this.momentum = new Momentum(settings);
  }

  @Override
  public List<String> buffers() {
    return momentum.buffers();
  }

  @Override
  public TensorRule rule(Tensor tensor) {
    return new TensorRule(false, 1, exclusion.weightDecay(tensor));
  }

  @Override
  public double trustRatio(
      TensorRule rule, double learningRate, double weightNorm, double directionNorm) {
    return rule.fixedRatio();
  }

  @Override
  public void update(
      float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars) {
    momentum.update(gradient, weights, buffers, count, scalars);
  }
}
