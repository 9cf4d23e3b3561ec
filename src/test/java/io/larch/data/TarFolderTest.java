package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarFolderTest {
  @TempDir private Path unpacked;
  @TempDir private Path packed;

  @BeforeEach
  void pack() throws IOException {
    Drawn.folders(unpacked, 5, 2, "cat", "Dog");
    pack("train", packed.resolve("b.tar"));
    pack("val", packed.resolve("a.tar"));
  }

  /** Entries in an order that is not that of their names, below a further folder. */
  private void pack(String split, Path tar) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> found = Files.walk(unpacked.resolve(split))) {
      found.filter(Files::isRegularFile).sorted().forEach(files::add);
    }
    Collections.reverse(files);
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
      for (Path file : files) {
        out.putArchiveEntry(new TarArchiveEntry(file, "data/" + unpacked.relativize(file)));
        Files.copy(file, out);
        out.closeArchiveEntry();
      }
    }
  }

  private static DataSource open(String name, Path folder) {
    return DataSources.open(new DataSettings(name, folder.toString(), 0, 0, 0, true));
  }

  private String refusal() {
    return assertThrows(Refusal.class, () -> open("tar-folder", packed)).getMessage();
  }

  @Test
  void shouldReadTheBitsOfTheUnpackedFolders() {
    DataSource tars = open("tar-folder", packed);
    DataSource folders = open("image-folder", unpacked);
    assertEquals(List.of("Dog", "cat"), tars.classNames());
    assertEquals(folders.fingerprint(), tars.fingerprint());
    int floats = tars.floats();
    assertArrayEquals(
        Samples.read(folders.training(3), 0, 20, floats),
        Samples.read(tars.training(3), 0, 20, floats));
    assertArrayEquals(
        Samples.labels(folders.testing(), 0, 4, floats),
        Samples.labels(tars.testing(), 0, 4, floats));
  }

  /** As the unpacked folders are read: unlabelled pictures of a part of their own may lie there. */
  @Test
  void shouldTestOnOnePart() throws IOException {
    Files.createDirectories(unpacked.resolve("test/unknown"));
    Files.copy(picture(), unpacked.resolve("test/unknown/1.png"));
    pack("test", packed.resolve("c.tar"));
    assertEquals(
        open("image-folder", unpacked).fingerprint(), open("tar-folder", packed).fingerprint());
  }

  private Path picture() throws IOException {
    try (Stream<Path> found = Files.walk(unpacked.resolve("val"))) {
      return found.filter(Files::isRegularFile).findFirst().orElseThrow();
    }
  }

  @Test
  void shouldRefuseTarsWithoutPicturesOfBothParts() throws IOException {
    Files.delete(packed.resolve("a.tar"));
    assertTrue(refusal().contains("hold no picture val/CLASS/FILE"), refusal());
    Files.delete(packed.resolve("b.tar"));
    assertTrue(refusal().contains("holds no .tar file"), refusal());
  }

  @Test
  void shouldRefuseTestClassesWithoutTraining() throws IOException {
    Files.createDirectories(unpacked.resolve("val/bee"));
    Files.copy(unpacked.resolve("val/cat/0.png"), unpacked.resolve("val/bee/0.png"));
    pack("val", packed.resolve("a.tar"));
    assertTrue(refusal().contains("holds val/bee/0.png"), refusal());
  }

  @Test
  void shouldNameATarThatIsTruncated() throws IOException {
    byte[] whole = Files.readAllBytes(packed.resolve("b.tar"));
    Files.write(packed.resolve("b.tar"), Arrays.copyOf(whole, 700));
    assertTrue(refusal().contains("b.tar"), refusal());
  }
}
