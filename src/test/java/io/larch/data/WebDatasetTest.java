package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebDatasetTest {
  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    shard("set-train-1.tar", 3, "2", "0\n");
    shard("set-train-0.tar", 0, "1", "0", "2");
    shard("set-val-0.tar", 9, "2", "1");
  }

  /** Samples with a label each; the green of a picture is its number, counted from first on. */
  private void shard(String name, int first, String... labels) throws IOException {
    shardBeside(name, first, ".json", labels);
  }

  /** The same with something else of each key. */
  private void shardBeside(String name, int first, String ending, String... labels)
      throws IOException {
    try (TarArchiveOutputStream out =
        new TarArchiveOutputStream(Files.newOutputStream(folder.resolve(name)))) {
      for (int i = 0; i < labels.length; i++) {
        int color = (first + i) << 8;
        String key = "n0.x/%03d".formatted(first + i);
        entry(out, key + ".cls", labels[i].getBytes(StandardCharsets.US_ASCII));
        entry(out, key + ".png", Drawn.encode("png", 6, 6, (x, y) -> color));
        entry(out, key + ending, new byte[] {'{', '}'});
      }
    }
  }

  private static void entry(TarArchiveOutputStream out, String name, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    out.putArchiveEntry(entry);
    out.write(bytes);
    out.closeArchiveEntry();
  }

  private DataSource open() {
    return DataSources.open(new DataSettings("webdataset", folder.toString(), 0, 0, 0, false));
  }

  private String refusal() {
    return assertThrows(Refusal.class, this::open).getMessage();
  }

  @Test
  void shouldTakeShardsAndSamplesInOrderWithTheirLabels() {
    DataSource source = open();
    assertEquals(3, source.classes());
    assertEquals(
        List.of(1, 0, 2, 2, 0), IntStream.range(0, 5).map(source.train()::label).boxed().toList());
    assertEquals(2, source.test().size());
  }

  @Test
  void shouldReadThePictureOfTheSameKey() {
    DataSource source = open();
    int plane = source.height() * source.width();
    float[] values = Samples.read(source.testing(), 1, 1, source.floats());
    assertEquals((10 / 255f - 0.456f) / 0.224f, values[plane], 1e-5f);
    assertEquals((0 - 0.485f) / 0.229f, values[0], 1e-5f);
  }

  /** Masks and the like have endings of two parts. */
  @Test
  void shouldPassOverPicturesOfAnotherKind() throws IOException {
    String fingerprint = open().fingerprint();
    shardBeside("set-val-0.tar", 9, ".seg.png", "2", "1");
    assertEquals(fingerprint, open().fingerprint());
    shardBeside("set-val-0.tar", 9, ".jpg", "2", "1");
    assertTrue(refusal().contains("two pictures of sample n0.x/009"), refusal());
  }

  @Test
  void shouldRefuseALabelThatIsNoNumber() throws IOException {
    shard("set-train-2.tar", 20, "-1");
    assertTrue(refusal().contains("n0.x/020.cls with \"-1\""), refusal());
  }

  @Test
  void shouldRefuseATestLabelBeyondTheClasses() throws IOException {
    shard("set-test.tar", 20, "3");
    assertTrue(refusal().contains("has label 3, but training labels end with 2"), refusal());
  }

  @Test
  void shouldRefuseASampleWithoutLabel() throws IOException {
    try (TarArchiveOutputStream out =
        new TarArchiveOutputStream(Files.newOutputStream(folder.resolve("train-x.tar")))) {
      entry(out, "a/7.png", Drawn.encode("png", 6, 6, (x, y) -> 0));
    }
    assertTrue(refusal().contains("a sample a/7 without a/7.cls"), refusal());
  }

  @Test
  void shouldRefuseAFolderWithoutTestShards() throws IOException {
    Files.delete(folder.resolve("set-val-0.tar"));
    assertTrue(refusal().contains("no samples in shards *val*.tar"), refusal());
  }
}
