package io.larch.data;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.config.PictureSettings.Augment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;

/**
 * Measures what a training run does to a picture: read the file, decode, random resized crop, flip,
 * normalise.
 */
public final class DecodeBenchmark {
  /** Large enough that handing out the samples and waiting for the last costs little. */
  private static final int BATCH = 128;

  private DecodeBenchmark() {}

  /**
   * What was reached.
   *
   * @param pictures in the folder
   */
  public record Rate(int pictures, double imagesPerSecond) {}

  /**
   * Reads the pictures below a folder again and again, in random order.
   *
   * @param threads that decode
   * @param time least duration of the measurement, after one pass (or one batch, if more)
   *     unmeasured
   * @throws DataUnavailable naming a picture that cannot be decoded
   */
  public static Rate run(Path folder, int threads, Duration time) {
    List<EncodedPicture> pictures = ImageFolder.all(folder);
    ExecutorService pool = DecodingThreads.start(threads);
    try {
      return measure(pictures, pool, time);
    } finally {
      pool.shutdownNow();
    }
  }

  private static Rate measure(List<EncodedPicture> pictures, ExecutorService pool, Duration time) {
    int size = PictureSettings.DEFAULT.imageSize();
    int floats = 3 * size * size;
    Reader reader =
        new ParallelReader(PictureReader.training(pictures, settings(), 1), floats, pool);
    Batch batch = new Batch(BATCH, floats);
    long position = 0;
    for (; position < pictures.size(); position += BATCH) {
      batch.fill(reader, position, BATCH);
    }
    long begin = System.nanoTime();
    long first = position;
    while (System.nanoTime() - begin < time.toNanos()) {
      batch.fill(reader, position, BATCH);
      position += BATCH;
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Rate(pictures.size(), (position - first) / seconds);
  }

  private static DataSettings settings() {
    PictureSettings usual = PictureSettings.DEFAULT;
    PictureSettings strong =
        new PictureSettings(
            Augment.LARS18_MAX,
            usual.imageSize(),
            usual.resize(),
            usual.colorJitter(),
            usual.mean(),
            usual.deviation(),
            usual.meanImage(),
            usual.damaged(),
            usual.threads());
    return new DataSettings("image-folder", "", 0, 0, 0, false, strong);
  }
}
