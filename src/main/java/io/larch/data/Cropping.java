package io.larch.data;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.random.RandomStream;

/** Chooses the view of a picture. A pure function of its arguments. */
interface Cropping {
  /**
   * The view of a picture of some size, drawing numbers 0 to {@value #NUMBERS} − 1 of {@code
   * random}.
   */
  View view(int width, int height, RandomStream random);

  /** Numbers of a stream that belong to cropping. */
  int NUMBERS = 64;

  /** For evaluation. */
  static Cropping centre(PictureSettings settings) {
    return (width, height, random) ->
        View.centre(width, height, settings.resize(), settings.imageSize());
  }

  /** For training. */
  static Cropping training(DataSettings data) {
    return switch (data.pictures().augment()) {
      case NONE -> padded(data);
      case LARS18_MIN -> new SquareCrop(data.pictures().resize(), data.pictures().imageSize());
      case LARS18_MAX -> new RandomResizedCrop(data.pictures().imageSize());
    };
  }

  private static Cropping padded(DataSettings data) {
    Cropping centre = centre(data.pictures());
    int pad = data.padCrop();
    return (width, height, random) ->
        centre
            .view(width, height, random)
            .moved(random.below(1, 2 * pad + 1) - pad, random.below(0, 2 * pad + 1) - pad)
            .mirroredIf(data.flip() && random.below(2, 2) == 1);
  }

  /**
   * Scaled to a square whatever the aspect, then a random square of it, mirrored with probability
   * one half: the weak augmentation of You, Gitman and Ginsburg, "Large batch training of
   * convolutional networks" (revision of 2018).
   */
  record SquareCrop(int resize, int size) implements Cropping {
    @Override
    public View view(int width, int height, RandomStream random) {
      int places = resize - size + 1;
      return new View(
          0,
          0,
          width,
          height,
          resize,
          resize,
          random.below(1, places),
          random.below(0, places),
          random.below(2, 2) == 1);
    }
  }
}
