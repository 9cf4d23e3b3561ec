package io.larch.data;

import io.larch.random.RandomStream;

/**
 * Changes brightness, contrast and saturation, in this order, each by a factor uniform in [1 −
 * strength, 1 + strength], as torchvision's {@code ColorJitter} does but for its random order.
 * Values are clipped to [0, 255] after each.
 */
record ColorJitter(float brightness, float contrast, float saturation) {
  /** Draws the factors, numbers {@code first} to {@code first + 2} of a stream. */
  static ColorJitter draw(double strength, RandomStream random, long first) {
    return new ColorJitter(
        factor(strength, random, first),
        factor(strength, random, first + 1),
        factor(strength, random, first + 2));
  }

  private static float factor(double strength, RandomStream random, long number) {
    return (float) random.uniform(number, 1 - strength, 1 + strength);
  }

  /** Changes pixels of red, green and blue planes, [3, plane], in place. */
  void apply(float[] values, int plane) {
    for (int i = 0; i < values.length; i++) {
      values[i] = clipped(values[i] * brightness);
    }
    float grey = (float) meanGrey(values, plane);
    for (int i = 0; i < values.length; i++) {
      values[i] = blended(values[i], grey, contrast);
    }
    for (int i = 0; i < plane; i++) {
      float own = grey(values, plane, i);
      for (int at = i; at < values.length; at += plane) {
        values[at] = blended(values[at], own, saturation);
      }
    }
  }

  private static double meanGrey(float[] values, int plane) {
    double sum = 0;
    for (int i = 0; i < plane; i++) {
      sum += grey(values, plane, i);
    }
    return sum / plane;
  }

  /** Luma by ITU-R BT.601. */
  private static float grey(float[] values, int plane, int i) {
    return 0.299f * values[i] + 0.587f * values[plane + i] + 0.114f * values[2 * plane + i];
  }

  private static float blended(float value, float other, float factor) {
    return clipped(factor * value + (1 - factor) * other);
  }

  private static float clipped(float value) {
    return Math.max(0, Math.min(255, value));
  }
}
