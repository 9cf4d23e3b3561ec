package io.larch.run;

import io.larch.data.DataSource;
import io.larch.data.Labels;
import io.larch.data.Reader;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * Samples of which some, by their positions in the run's stream, hold a value that is not finite.
 */
record PoisonedSamples(DataSource sound, LongPredicate poisoned) implements DataSource {
  @Override
  public Reader training(long seed) {
    Reader reader = sound.training(seed);
    return (first, count, images, labels) -> {
      reader.read(first, count, images, labels);
      for (int i = 0; i < count; i++) {
        if (poisoned.test(first + i)) {
          poison(images, i * floats());
        }
      }
    };
  }

  private static void poison(FloatBuffer images, int at) {
    images.put(at, Float.NaN);
  }

  @Override
  public Reader testing() {
    return sound.testing();
  }

  @Override
  public Labels train() {
    return sound.train();
  }

  @Override
  public Labels test() {
    return sound.test();
  }

  @Override
  public List<String> classNames() {
    return sound.classNames();
  }

  @Override
  public int channels() {
    return sound.channels();
  }

  @Override
  public int height() {
    return sound.height();
  }

  @Override
  public int width() {
    return sound.width();
  }

  @Override
  public String fingerprint() {
    return sound.fingerprint();
  }
}
