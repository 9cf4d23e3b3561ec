package io.larch.optim;

import io.larch.config.AdamSettings;
import java.util.List;

/**
 * Moments of the gradient (Kingma and Ba, "Adam: a method for stochastic optimization", 2015), the
 * common part of {@link Adam} and {@link Lamb}. With mean gradient g, weights w, weight decay β and
 * step t from 1, all in f32 but for the corrections:
 *
 * <pre>
 *   m ← β₁·m + (1 − β₁)·g       c₁ = 1 / (1 − β₁ᵗ)
 *   v ← β₂·v + (1 − β₂)·g²      c₂ = 1 / (1 − β₂ᵗ)
 *   r = (c₁·m) / (√(c₂·v) + ε) + β·w
 *   w ← w − (γλ)·r
 * </pre>
 *
 * where c₁ = c₂ = 1 without bias correction. The weight decay is decoupled: it has no part in the
 * moments (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
 */
final class Moments {
  private final AdamSettings settings;

  Moments(AdamSettings settings) {
    this.settings = settings;
  }

  List<String> buffers() {
    return List.of("first-moment", "second-moment");
  }

  /** Moves the moments and puts r in the place of the gradient. */
  void direction(float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars) {
    float[] first = buffers[0];
    float[] second = buffers[1];
    float keepFirst = (float) settings.beta1();
    float takeFirst = (float) (1 - settings.beta1());
    float keepSecond = (float) settings.beta2();
    float takeSecond = (float) (1 - settings.beta2());
    float firstScale = correction(settings.beta1(), scalars.step());
    float secondScale = correction(settings.beta2(), scalars.step());
    float epsilon = (float) settings.epsilon();
    float decay = (float) scalars.weightDecay();
    for (int i = 0; i < count; i++) {
      float g = gradient[i];
      float m = keepFirst * first[i] + takeFirst * g;
      float v = keepSecond * second[i] + takeSecond * (g * g);
      first[i] = m;
      second[i] = v;
      float root = (float) Math.sqrt(secondScale * v);
      gradient[i] = (firstScale * m) / (root + epsilon) + decay * weights[i];
    }
  }

  void update(float[] gradient, float[] weights, float[][] buffers, int count, Scalars scalars) {
    direction(gradient, weights, buffers, count, scalars);
    float rate = (float) (scalars.learningRate() * scalars.ratio());
    for (int i = 0; i < count; i++) {
      weights[i] = weights[i] - rate * gradient[i];
    }
  }

  private float correction(double beta, long step) {
    return settings.biasCorrection() ? (float) (1 / (1 - StrictMath.pow(beta, (double) step))) : 1;
  }
}
