package io.larch.data;

import io.larch.config.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A folder with the four files of the MNIST family: images and labels for training and for testing,
 * each compressed ({@code .gz}) or not.
 */
final class IdxFolder {
  static final String IMAGES = "-images-idx3-ubyte";
  static final String LABELS = "-labels-idx1-ubyte";
  static final String TRAIN = "train";
  static final String TEST = "t10k";

  private IdxFolder() {}

  /** Reads the folder; the number of classes is the largest training label and one. */
  static DataFolder read(Path folder) {
    IdxFile trainImages = open(folder, TRAIN + IMAGES, IdxFile.IMAGES);
    IdxFile trainLabels = open(folder, TRAIN + LABELS, IdxFile.LABELS);
    IdxFile testImages = open(folder, TEST + IMAGES, IdxFile.IMAGES);
    IdxFile testLabels = open(folder, TEST + LABELS, IdxFile.LABELS);
    checkShapes(trainImages, testImages);
    int classes = classes(trainLabels);
    checkLabels(testLabels, classes);
    return new DataFolder(
        pictures(trainImages, trainLabels, classes),
        pictures(testImages, testLabels, classes),
        List.of(testImages.file(), testLabels.file(), trainImages.file(), trainLabels.file()));
  }

  private static IdxFile open(Path folder, String name, int dimensions) {
    Path plain = folder.resolve(name);
    Path compressed = folder.resolve(name + ".gz");
    if (Files.exists(plain)) {
      return IdxFile.parse(DataFile.read(plain), dimensions);
    }
    if (Files.exists(compressed)) {
      return IdxFile.parse(DataFile.read(compressed), dimensions);
    }
    throw new Refusal(
        "%s holds neither %s nor %s.gz; set larch.data.path to the folder of the four IDX files"
            .formatted(folder, name, name));
  }

  private static void checkShapes(IdxFile train, IdxFile test) {
    if (train.size(1) != test.size(1) || train.size(2) != test.size(2)) {
      throw new Refusal(
          "%s has images of %d × %d but %s of %d × %d; training and testing need one size"
              .formatted(
                  train.file().path(),
                  train.size(1),
                  train.size(2),
                  test.file().path(),
                  test.size(1),
                  test.size(2)));
    }
  }

  /**
   * The format does not say how many classes there are, so they are counted: every class from 1 to
   * the largest must occur (EMNIST's letters begin with 1). A damaged label shows as a gap.
   */
  private static int classes(IdxFile labels) {
    boolean[] occurs = new boolean[257];
    byte[] values = labels.values();
    for (byte value : values) {
      occurs[value & 0xFF] = true;
    }
    int classes = 1;
    while (occurs[classes]) {
      classes++;
    }
    checkLabels(labels, classes);
    return classes;
  }

  private static void checkLabels(IdxFile labels, int classes) {
    byte[] values = labels.values();
    for (int i = 0; i < values.length; i++) {
      int label = values[i] & 0xFF;
      if (label >= classes) {
        throw labels
            .file()
            .refusal(
                "has label %d at sample %d, but the training labels cover only 0 to %d without a"
                        .formatted(label, i, classes - 1)
                    + " gap; correct the label or number the classes from 0 on");
      }
    }
  }

  private static PicturesInMemory pictures(IdxFile images, IdxFile labels, int classes) {
    if (images.count() != labels.count()) {
      throw new Refusal(
          "%s holds %d images but %s %d labels; the two files must belong together"
              .formatted(
                  images.file().path(), images.count(), labels.file().path(), labels.count()));
    }
    return new PicturesInMemory(
        images.count(),
        classes,
        1,
        images.size(1),
        images.size(2),
        images.values(),
        labels.values());
  }
}
