package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.config.DataSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Published data sets, where they are at hand: below the folder of the system property {@code
 * larch.data}, else of the environment variable {@code LARCH_DATA}, else {@code ../shared/data}.
 */
class RealDataTest {
  private static DataInMemory open(String name, String folder) {
    return Samples.open(new DataSettings(name, folder(folder).toString(), 0, 0, 0, false));
  }

  static Path folder(String folder) {
    String fallback = System.getenv().getOrDefault("LARCH_DATA", "../shared/data");
    Path path = Path.of(System.getProperty("larch.data", fallback), folder);
    assumeTrue(Files.isDirectory(path), path.toAbsolutePath() + " is absent; set LARCH_DATA");
    return path;
  }

  private static int[] labels(DataSet data, int count) {
    return IntStream.range(0, count).map(data::label).toArray();
  }

  @Test
  void shouldReadFashionMnist() {
    DataInMemory source = open("idx", "fashion-mnist");
    assertEquals(60_000, source.train().size());
    assertEquals(10_000, source.test().size());
    assertEquals(10, source.classes());
    assertEquals(28, source.train().height());
    assertEquals(9, source.train().label(0));
    Normalisation.Channel channel = source.normalisation().channels().get(0);
    assertEquals(0.28604, channel.mean(), 5e-6);
    assertEquals(0.35302, channel.deviation(), 5e-6);
  }

  @Test
  void shouldReadCifar10() {
    DataInMemory source = open("cifar-10", "cifar-10");
    int[] begin = {6, 9, 9, 4, 1, 1, 2, 7, 8, 3};
    assertArrayEquals(begin, labels(source.train(), 10));
    int[] counts = new int[10];
    for (int label : labels(source.train(), 4000)) {
      counts[label]++;
    }
    assertArrayEquals(new int[] {396, 366, 420, 384, 422, 393, 414, 385, 407, 413}, counts);
    assertArrayEquals(IntStream.range(0, 10).toArray(), labels(source.test(), 10));
    assertEquals(2000, source.test().size());
  }

  @Test
  void shouldReadImagenette() {
    Path folder = folder("imagenet-sample/imagenette-224");
    DataSource source =
        DataSources.open(new DataSettings("image-folder", folder.toString(), 0, 0, 0, false));
    assertEquals(1800, source.train().size());
    assertEquals(400, source.test().size());
    assertEquals(10, source.classes());
    assertEquals("n01440764", source.classNames().get(0));
    float[] values = Samples.read(source.testing(), 100, 8, source.floats());
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    assertEquals(0, sum / values.length, 0.6, "roughly normalised");
  }

  @Test
  void shouldReadTarsOfCifar10() {
    Path folder = folder("cifar-10");
    DataSource source =
        DataSources.open(new DataSettings("tar-folder", folder.toString(), 0, 0, 0, false));
    assertEquals(50_000, source.train().size());
    assertEquals(10_000, source.test().size());
    assertEquals("airplane", source.classNames().get(0));
    assertArrayEquals(new int[] {9}, Samples.labels(source.testing(), 9999, 1, source.floats()));
  }
}
