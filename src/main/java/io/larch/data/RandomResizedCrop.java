package io.larch.data;

import io.larch.random.RandomStream;

/**
 * A random region scaled to a square, mirrored with probability one half: the strong augmentation
 * of You, Gitman and Ginsburg, "Large batch training of convolutional networks" (revision of 2018),
 * after Szegedy et al., "Going deeper with convolutions" (2014). The region has 8 to 100 % of the
 * area and an aspect from 3/4 to 4/3, uniform in its logarithm. The first of ten attempts that fits
 * is taken, else the largest region in the centre with a permitted aspect, as in torchvision.
 */
record RandomResizedCrop(int size) implements Cropping {
  private static final int ATTEMPTS = 10;
  private static final double LEAST_AREA = 0.08;
  private static final double LEAST_ASPECT = 3.0 / 4;
  private static final double MOST_ASPECT = 4.0 / 3;

  @Override
  public View view(int width, int height, RandomStream random) {
    boolean mirrored = random.below(4 * ATTEMPTS, 2) == 1;
    for (long number = 0; number < 4 * ATTEMPTS; number += 4) {
      double area = random.uniform(number, LEAST_AREA, 1) * width * height;
      double aspect = aspect(random, number + 1);
      int w = (int) Math.rint(Math.sqrt(area * aspect));
      int h = (int) Math.rint(Math.sqrt(area / aspect));
      if (w > 0 && w <= width && h > 0 && h <= height) {
        int x = random.below(number + 2, width - w + 1);
        int y = random.below(number + 3, height - h + 1);
        return scaled(x, y, w, h, mirrored);
      }
    }
    return fallback(width, height, mirrored);
  }

  /** The logarithm is uniform; {@code StrictMath} gives the same bits on every machine. */
  private static double aspect(RandomStream random, long number) {
    double log = StrictMath.log(MOST_ASPECT);
    return StrictMath.exp(random.uniform(number, -log, log));
  }

  private View fallback(int width, int height, boolean mirrored) {
    int w = Math.max(1, Math.min(width, (int) Math.rint(height * MOST_ASPECT)));
    int h = Math.max(1, Math.min(height, (int) Math.rint(width / LEAST_ASPECT)));
    return scaled((width - w) / 2, (height - h) / 2, w, h, mirrored);
  }

  private View scaled(int x, int y, int width, int height, boolean mirrored) {
    return new View(x, y, width, height, size, size, 0, 0, mirrored);
  }
}
