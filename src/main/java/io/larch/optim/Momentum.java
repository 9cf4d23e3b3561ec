package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.config.OptimizerSettings.Form;
import java.util.List;

/**
 * Gradient descent with momentum m, the common part of {@link Lars} and {@link Sgd}. With rate γ,
 * ratio λ, mean gradient g, weight decay β and weights w, all in f32:
 *
 * <pre>
 *   inside:   v ← m·v + (γλ)·(g + β·w)     w ← w − v
 *   outside:  v ← m·v + (g + β·w)          w ← w − (γλ)·v
 * </pre>
 *
 * The two are the same only while γλ is constant.
 */
final class Momentum {
  private final float momentum;
  private final Form form;

  Momentum(OptimizerSettings settings) {
    this.momentum = (float) settings.momentum();
    this.form = settings.form();
  }

  List<String> buffers() {
    return List.of("velocity");
  }

  void update(float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars) {
    float rate = (float) (scalars.learningRate() * scalars.ratio());
    if (form == Form.INSIDE) {
      inside(gradient, weights, buffers[0], count, rate, (float) scalars.weightDecay());
    } else {
      outside(gradient, weights, buffers[0], count, rate, (float) scalars.weightDecay());
    }
  }

  private void inside(
      float[] gradient, float[] weights, float[] velocity, int count, float rate, float decay) {
    float m = momentum;
    for (int i = 0; i < count; i++) {
      float moved = m * velocity[i] + rate * (gradient[i] + decay * weights[i]);
      velocity[i] = moved;
      weights[i] = weights[i] - moved;
    }
  }

  private void outside(
      float[] gradient, float[] weights, float[] velocity, int count, float rate, float decay) {
    float m = momentum;
    for (int i = 0; i < count; i++) {
      float moved = m * velocity[i] + (gradient[i] + decay * weights[i]);
      velocity[i] = moved;
      weights[i] = weights[i] - rate * moved;
    }
  }
}
