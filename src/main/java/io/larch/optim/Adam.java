package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.model.Tensor;
import java.util.List;

/**
 * Adam with decoupled weight decay: {@link Moments} with every ratio 1. Excluded tensors only lose
 * their weight decay.
 */
public final class Adam implements Optimizer {
  private final Exclusion exclusion;
  private final Moments moments;

  public Adam(OptimizerSettings settings) {
    this.exclusion = new Exclusion(settings);
    this.moments = new Moments(settings.adam());
  }

  @Override
  public List<String> buffers() {
    return moments.buffers();
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
    moments.update(gradient, weights, buffers, count, scalars);
  }
}
