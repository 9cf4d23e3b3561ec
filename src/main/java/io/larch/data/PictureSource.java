package io.larch.data;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.config.PictureSettings.Damaged;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/**
 * Encoded pictures that are decoded when they are needed, on threads of their own that all devices
 * share.
 */
final class PictureSource implements DataSource {
  private static final int CHANNELS = 3;

  private final EncodedPictures pictures;
  private final DataSettings settings;
  private final Optional<PictureReport> report;
  private final String fingerprint;
  private final ExecutorService threads;

  private PictureSource(
      EncodedPictures pictures,
      DataSettings settings,
      Optional<PictureReport> report,
      ExecutorService threads) {
    this.pictures = pictures;
    this.settings = settings;
    this.report = report;
    this.threads = threads;
    this.fingerprint = fingerprint(pictures, settings.pictures());
  }

  private static String fingerprint(EncodedPictures pictures, PictureSettings settings) {
    Fingerprint fingerprint =
        new Fingerprint()
            .classes(pictures.classNames())
            .pictures(pictures.train())
            .pictures(pictures.test());
    if (!settings.meanImage().isEmpty()) {
      float[] mean = MeanImage.read(Path.of(settings.meanImage()), settings.imageSize());
      fingerprint.text("mean image " + Arrays.hashCode(mean));
    }
    return fingerprint.hex();
  }

  /**
   * Takes pictures as the settings say; looks for damaged ones first if these shall not stop the
   * run.
   */
  static PictureSource open(EncodedPictures found, DataSettings settings) {
    ExecutorService threads = DecodingThreads.start(settings.pictures().threads());
    EncodedPictures wanted =
        new EncodedPictures(
            found.classNames(),
            limited(found.train(), settings.trainSamples(), "train-samples"),
            limited(found.test(), settings.testSamples(), "test-samples"));
    if (settings.pictures().damaged() == Damaged.STOP) {
      return new PictureSource(wanted, settings, Optional.empty(), threads);
    }
    PictureCheck check = PictureCheck.of(wanted, threads);
    return new PictureSource(check.pictures(), settings, Optional.of(check.report()), threads);
  }

  private static List<EncodedPicture> limited(
      List<EncodedPicture> pictures, int limit, String key) {
    return EncodedPictures.spread(pictures, DataSources.limit(limit, pictures.size(), key));
  }

  /** What is taken of the data set, damaged pictures without weight if they were looked for. */
  EncodedPictures pictures() {
    return pictures;
  }

  @Override
  public Reader training(long seed) {
    return parallel(PictureReader.training(pictures.train(), settings, seed));
  }

  @Override
  public Reader testing() {
    return parallel(PictureReader.testing(pictures.test(), settings.pictures()));
  }

  private Reader parallel(Reader reader) {
    return new ParallelReader(reader, floats(), threads);
  }

  @Override
  public Labels train() {
    return EncodedPictures.labels(pictures.train());
  }

  @Override
  public Labels test() {
    return EncodedPictures.labels(pictures.test());
  }

  @Override
  public List<String> classNames() {
    return pictures.classNames();
  }

  @Override
  public int channels() {
    return CHANNELS;
  }

  @Override
  public int height() {
    return settings.pictures().imageSize();
  }

  @Override
  public int width() {
    return settings.pictures().imageSize();
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public List<String> remarks() {
    return report.map(PictureReport::remarks).orElse(List.of());
  }

  @Override
  public Optional<PictureReport> report() {
    return report;
  }
}
