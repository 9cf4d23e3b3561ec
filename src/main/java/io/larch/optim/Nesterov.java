package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.config.OptimizerSettings.Form;
import io.larch.model.Tensor;
import java.util.List;

/**
 * Gradient descent with Nesterov's momentum m in the form of Sutskever et al. 2013 as PyTorch
 * writes it. With d = g + β·w and rate γ, all in f32:
 *
 * <pre>
 *   outside:  v ← m·v + d        w ← w − γ·(d + m·v)
 *   inside:   v ← m·v + γ·d      w ← w − (γ·d + m·v)
 * </pre>
 *
 * with v on the right of w's line already the new one.
 */
public final class Nesterov implements Optimizer {
  private final float momentum;
  private final Form form;
  private final Exclusion exclusion;

  public Nesterov(OptimizerSettings settings) {
    this.momentum = (float) settings.momentum();
    this.form = settings.form();
    this.exclusion = new Exclusion(settings);
  }

  @Override
  public List<String> buffers() {
    return List.of("velocity");
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
    float m = momentum;
    float decay = (float) scalars.weightDecay();
    float rate = (float) (scalars.learningRate() * scalars.ratio());
    float before = form == Form.INSIDE ? rate : 1;
    float after = form == Form.INSIDE ? 1 : rate;
    float[] velocity = buffers[0];
    for (int i = 0; i < count; i++) {
      float direction = before * (gradient[i] + decay * weights[i]);
      float moved = m * velocity[i] + direction;
      velocity[i] = moved;
      weights[i] = weights[i] - after * (direction + m * moved);
    }
  }
}
