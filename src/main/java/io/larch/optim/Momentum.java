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
 * The two are the same only while γλ is constant. What travels is the new v.
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

  void travel(float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars) {
    float m = momentum;
    float decay = (float) scalars.weightDecay();
    float[] velocity = buffers[0];
    if (form == Form.INSIDE) {
      float rate = rate(scalars);
      for (int i = 0; i < count; i++) {
        gradient[i] = m * velocity[i] + rate * (gradient[i] + decay * weights[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        gradient[i] = m * velocity[i] + (gradient[i] + decay * weights[i]);
      }
    }
  }

  void apply(float[] travelled, float[] weights, float[][] buffers, int count, Scalars scalars) {
    System.arraycopy(travelled, 0, buffers[0], 0, count);
    if (form == Form.INSIDE) {
      for (int i = 0; i < count; i++) {
        weights[i] = weights[i] - travelled[i];
      }
    } else {
      float rate = rate(scalars);
      for (int i = 0; i < count; i++) {
        weights[i] = weights[i] - rate * travelled[i];
      }
    }
  }

  private static float rate(Scalars scalars) {
    return (float) (scalars.learningRate() * scalars.ratio());
  }
}
