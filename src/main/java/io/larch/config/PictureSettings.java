package io.larch.config;

import java.util.List;

/**
 * What is done to pictures that are decoded while training.
 *
 * @param augment how training pictures are cropped
 * @param imageSize side of what the network sees, in pixels
 * @param resize evaluation scales the shorter side to this before it crops the centre; at least
 *     {@code imageSize}
 * @param colorJitter brightness, contrast and saturation change by up to this share; 0 for none
 * @param mean of pixel values over 255: red, green, blue
 * @param deviation likewise
 * @param meanImage file of a picture that is subtracted instead of {@code mean}; empty for none
 * @param damaged what becomes of a run with a picture that cannot be decoded
 * @param threads that decode; 0 for one a core
 */
public record PictureSettings(
    Augment augment,
    int imageSize,
    int resize,
    double colorJitter,
    List<Double> mean,
    List<Double> deviation,
    String meanImage,
    Damaged damaged,
    int threads) {
  /** The settings of a run file that says nothing. */
  public static final PictureSettings DEFAULT =
      new PictureSettings(
          Augment.NONE,
          224,
          256,
          0,
          List.of(0.485, 0.456, 0.406),
          List.of(0.229, 0.224, 0.225),
          "",
          Damaged.STOP,
          0);

  /**
   * The two recipes of You, Gitman and Ginsburg, "Large batch training of convolutional networks"
   * (revision of 2018), or neither.
   */
  public enum Augment {
    NONE,
    LARS18_MIN,
    LARS18_MAX
  }

  /**
   * End the run at the first damaged picture, or look for them all before it and give them no
   * weight.
   */
  public enum Damaged {
    STOP,
    WEIGHTLESS
  }

  public PictureSettings {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  /** The same, but damaged pictures are looked for and given no weight. */
  public PictureSettings findingDamaged() {
    return new PictureSettings(
        augment,
        imageSize,
        resize,
        colorJitter,
        mean,
        deviation,
        meanImage,
        Damaged.WEIGHTLESS,
        threads);
  }

  /** The same, but pixels become floats as they are, 0 to 255. */
  public PictureSettings withPixelValues() {
    List<Double> scale = List.of(1 / 255.0, 1 / 255.0, 1 / 255.0);
    return new PictureSettings(
        augment,
        imageSize,
        resize,
        colorJitter,
        List.of(0.0, 0.0, 0.0),
        scale,
        "",
        damaged,
        threads);
  }
}
