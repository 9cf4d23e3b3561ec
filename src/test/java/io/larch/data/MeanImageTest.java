package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeanImageTest {
  private static final int SIZE = 4;
  private static final int PLANE = SIZE * SIZE;

  @TempDir Path folder;

  /** Two pictures: red 200 and 100 on the left, green 50 and 150 on the right. */
  @BeforeEach
  void draw() throws IOException {
    write("train/a/1.png", 200, 50);
    write("train/a/2.png", 100, 150);
    write("val/a/1.png", 100, 150);
  }

  private void write(String name, int red, int green) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(
        file, Drawn.encode("png", SIZE, SIZE, (x, y) -> x < SIZE / 2 ? red << 16 : green << 8));
  }

  private RunSettings run(String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "data.name=image-folder",
                "data.path=" + folder,
                "data.image-size=" + SIZE,
                "data.resize=" + SIZE,
                "data.deviation=[0.5, 0.5, 0.5]"));
    keys.addAll(List.of(more));
    return RunFile.load(Optional.empty(), keys);
  }

  @Test
  void shouldSubtractTheMeanOfTheTrainingPicturesPixelByPixel() {
    Path file = folder.resolve("mean.png");
    assertEquals(2, MeanImage.write(run().data(), file));
    DataSource source = DataSources.open(run("data.mean-image=" + file).data());
    float[] read = Samples.read(source.testing(), 0, 1, 3 * PLANE);
    float[] expected = new float[3 * PLANE];
    for (int i = 0; i < PLANE; i++) {
      boolean left = i % SIZE < SIZE / 2;
      expected[i] = left ? -50 / 127.5f : 0;
      expected[PLANE + i] = left ? 0 : 50 / 127.5f;
    }
    assertArrayEquals(expected, read, 1e-6f);
  }

  @Test
  void shouldBeTheMeanOfThePicturesThatTheRunTrainsOn() throws IOException {
    Path file = folder.resolve("mean.png");
    assertEquals(1, MeanImage.write(run("data.train-samples=1").data(), file));
    byte[] whole = Files.readAllBytes(folder.resolve("train/a/2.png"));
    Files.write(folder.resolve("train/a/3.png"), Arrays.copyOf(whole, whole.length / 2));
    assertEquals(2, MeanImage.write(run("data.damaged=weightless").data(), file));
  }

  @Test
  void shouldBelongToTheFingerprintByItsBytesAndNotByItsPath() throws IOException {
    Path one = folder.resolve("one.png");
    Path two = folder.resolve("two.png");
    MeanImage.write(run().data(), one);
    Files.copy(one, two);
    String without = DataSources.open(run().data()).fingerprint();
    String with = DataSources.open(run("data.mean-image=" + one).data()).fingerprint();
    assertNotEquals(without, with);
    assertEquals(with, DataSources.open(run("data.mean-image=" + two).data()).fingerprint());
  }

  @Test
  void shouldRefuseAPictureOfAnotherSize() {
    Path file = folder.resolve("mean.png");
    MeanImage.write(run().data(), file);
    RunSettings larger = run("data.mean-image=" + file, "data.image-size=3", "data.resize=4");
    String message =
        assertThrows(Refusal.class, () -> DataSources.open(larger.data())).getMessage();
    assertTrue(message.contains("4 x 4 pixels but the network sees 3 x 3"), message);
  }
}
