package io.larch.config;

import java.util.List;

/**
 * Which data set and what is done to its samples.
 *
 * @param name one of {@link #NAMES}
 * @param path folder of the files; empty for generated data
 * @param trainSamples use only so many training samples; 0 for all
 * @param testSamples likewise for testing
 * @param padCrop pad every side by so many pixels and crop at random; 0 for none
 * @param flip mirror at random, with probability one half
 * @param pictures for data sets of encoded pictures
 * @param labelBase the label of the first class in TFRecords
 * @param text for sentence pairs
 */
public record DataSettings(
    String name,
    String path,
    int trainSamples,
    int testSamples,
    int padCrop,
    boolean flip,
    PictureSettings pictures,
    int labelBase,
    TextSettings text) {
  /** Labels of ImageNet's TFRecords begin with 1. */
  private static final int LABEL_BASE = 1;

  /** The data set that is generated; all others lie in a folder. */
  public static final String GENERATED = "glyphs";

  /** Data sets of encoded pictures, JPEG or PNG. */
  public static final List<String> ENCODED =
      List.of("image-folder", "tar-folder", "webdataset", "tfrecord");

  /** All data sets. */
  public static final List<String> NAMES =
      List.of(
          GENERATED,
          "idx",
          "cifar-10",
          "image-folder",
          "tar-folder",
          "webdataset",
          "tfrecord",
          TextSettings.NAME);

  /** Whether samples are encoded pictures. */
  public boolean isEncoded() {
    return ENCODED.contains(name);
  }

  /** Whether samples are sentence pairs. */
  public boolean isText() {
    return name.equals(TextSettings.NAME);
  }

  /** Pictures of any kind. */
  public DataSettings(
      String name,
      String path,
      int trainSamples,
      int testSamples,
      int padCrop,
      boolean flip,
      PictureSettings pictures,
      int labelBase) {
    this(
        name,
        path,
        trainSamples,
        testSamples,
        padCrop,
        flip,
        pictures,
        labelBase,
        TextSettings.DEFAULT);
  }

  /** Labels of TFRecords as by default. */
  public DataSettings(
      String name,
      String path,
      int trainSamples,
      int testSamples,
      int padCrop,
      boolean flip,
      PictureSettings pictures) {
    this(name, path, trainSamples, testSamples, padCrop, flip, pictures, LABEL_BASE);
  }

  /** All samples of a data set, pictures as by default. */
  public DataSettings(
      String name, String path, int trainSamples, int testSamples, int padCrop, boolean flip) {
    this(name, path, trainSamples, testSamples, padCrop, flip, PictureSettings.DEFAULT);
  }
}
