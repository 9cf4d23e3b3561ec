package io.larch.data;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import io.larch.config.Spelling;
import io.larch.config.TextSettings;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens data sets by name. */
public final class DataSources {
  private static final String GLYPHS = DataSettings.GENERATED;
  private static final String IDX = "idx";
  private static final String CIFAR_10 = "cifar-10";
  private static final String IMAGE_FOLDER = "image-folder";
  private static final String TAR_FOLDER = "tar-folder";
  private static final String WEBDATASET = "webdataset";
  private static final String TFRECORD = "tfrecord";

  private DataSources() {}

  /**
   * Reads or generates a data set, encoded pictures by their names only, and refuses what is wrong.
   */
  public static DataSource open(DataSettings settings) {
    return switch (settings.name()) {
      case TextSettings.NAME ->
          throw new Refusal(
              "larch.data.name = text holds sentences and no pictures; train a translation network on it");
      case GLYPHS, IDX, CIFAR_10 -> openInMemory(settings);
      default -> PictureSource.open(pictures(settings), settings);
    };
  }

  /** Finds encoded pictures, none of which is decoded. */
  static EncodedPictures pictures(DataSettings settings) {
    return switch (settings.name()) {
      case IMAGE_FOLDER -> ImageFolder.read(folder(settings));
      case TAR_FOLDER -> TarFolder.read(folder(settings));
      case WEBDATASET -> WebDataset.read(folder(settings));
      case TFRECORD -> TfRecordFolder.read(folder(settings), settings.labelBase());
      case GLYPHS, IDX, CIFAR_10, TextSettings.NAME ->
          throw new Refusal(
              "larch.data.name = %s holds no encoded pictures; those do: %s"
                  .formatted(settings.name(), String.join(", ", DataSettings.ENCODED)));
      default -> throw unknown(settings.name());
    };
  }

  private static DataInMemory openInMemory(DataSettings settings) {
    DataInMemory source =
        switch (settings.name()) {
          case GLYPHS -> glyphs(settings);
          case IDX -> files(IdxFolder.read(folder(settings)), settings);
          case CIFAR_10 -> files(CifarFolder.read(folder(settings)), settings);
          default -> throw unknown(settings.name());
        };
    checkCrop(settings.padCrop(), source.train());
    return source;
  }

  private static DataInMemory glyphs(DataSettings settings) {
    DataSet train =
        Glyphs.train(limit(settings.trainSamples(), Glyphs.TRAIN_SAMPLES, "train-samples"));
    DataSet test = Glyphs.test(limit(settings.testSamples(), Glyphs.TEST_SAMPLES, "test-samples"));
    Fingerprint fingerprint = new Fingerprint().text(GLYPHS + " " + Glyphs.SEED);
    return source(train, test, fingerprint, settings);
  }

  private static DataInMemory files(DataFolder folder, DataSettings settings) {
    DataSet train = first(folder.train(), settings.trainSamples(), "train-samples");
    DataSet test = first(folder.test(), settings.testSamples(), "test-samples");
    return source(train, test, new Fingerprint().files(folder.files()), settings);
  }

  private static DataInMemory source(
      DataSet train, DataSet test, Fingerprint fingerprint, DataSettings settings) {
    return new DataInMemory(
        train,
        test,
        Normalisation.over(train),
        fingerprint.labels(train).labels(test).hex(),
        settings.padCrop(),
        settings.flip());
  }

  private static DataSet first(PicturesInMemory data, int limit, String key) {
    return data.first(limit(limit, data.size(), key));
  }

  static int limit(int limit, int available, String key) {
    if (limit > available) {
      throw new Refusal(
          "larch.data.%s = %d but the data set has %d; lower it, or 0 takes all"
              .formatted(key, limit, available));
    }
    return limit == 0 ? available : limit;
  }

  static Path folder(DataSettings settings) {
    Path folder = Path.of(settings.path());
    if (settings.path().isEmpty()) {
      throw new Refusal(
          "larch.data.path is not set; data set %s is read from a folder, name it"
              .formatted(settings.name()));
    }
    if (!Files.isDirectory(folder)) {
      throw new Refusal(
          "%s is no folder; set larch.data.path to where the files of data set %s lie"
              .formatted(folder.toAbsolutePath(), settings.name()));
    }
    return folder;
  }

  private static void checkCrop(int padCrop, DataSet data) {
    int side = Math.min(data.height(), data.width());
    if (padCrop >= side) {
      throw new Refusal(
          "larch.data.pad-crop = %d >= %d, the pictures' side, would crop pictures away; lower it"
              .formatted(padCrop, side));
    }
  }

  private static Refusal unknown(String name) {
    return new Refusal(
        "larch.data.name = %s is no known data set; there are %s.%s"
            .formatted(
                name,
                String.join(", ", DataSettings.NAMES),
                Spelling.hint(name, DataSettings.NAMES)));
  }
}
