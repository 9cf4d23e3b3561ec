package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PackingTest {
  @TempDir private Path root;
  private Path folders;

  @BeforeEach
  void draw() throws IOException {
    folders = root.resolve("folders");
    Drawn.folders(folders, 5, 2, "cat", "Dog", "ant");
    Files.createDirectories(folders.resolve("train/zebra"));
    byte[] jpeg = Drawn.encode("jpg", 20, 30, Drawn::gradient);
    Files.write(folders.resolve("train/ant/photo.of.an.ant.JPEG"), jpeg);
  }

  private static DataSettings settings(String name, Path path) {
    return new DataSettings(name, path.toString(), 0, 0, 0, true);
  }

  private Path pack(String name, Path from, ShardFormat format, String to) throws IOException {
    Path out = root.resolve(to);
    Packing.pack(settings(name, from), format, 4, out, shard -> {});
    return out;
  }

  private static Map<String, String> contents(Path folder) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        contents.put(file.getFileName().toString(), HexFormat.of().formatHex(bytes));
      }
    }
    return contents;
  }

  private static List<String> pictures(List<EncodedPicture> pictures) throws IOException {
    List<String> all = new ArrayList<>();
    for (EncodedPicture picture : pictures) {
      all.add(picture.label() + " " + HexFormat.of().formatHex(picture.bytes()));
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource
  void shouldReadBackWhatItPacked(ShardFormat format) throws IOException {
    Path packed = pack("image-folder", folders, format, "packed");
    EncodedPictures expected = ImageFolder.read(folders);
    EncodedPictures found = DataSources.pictures(settings(format.toString(), packed));
    assertEquals(List.of("Dog", "ant", "cat", "zebra"), found.classNames());
    assertEquals(pictures(expected.train()), pictures(found.train()));
    assertEquals(pictures(expected.test()), pictures(found.test()));

    DataSource before = DataSources.open(settings("image-folder", folders));
    DataSource after = DataSources.open(settings(format.toString(), packed));
    assertArrayEquals(
        Samples.read(before.training(3), 10, 20, before.floats()),
        Samples.read(after.training(3), 10, 20, after.floats()),
        "the same run");
  }

  @ParameterizedTest
  @EnumSource
  void shouldGiveEqualBytesForEqualData(ShardFormat format) throws IOException {
    Path first = pack("image-folder", folders, format, "first");
    Path moved = Files.move(folders, root.resolve("moved"));
    Files.setLastModifiedTime(moved.resolve("train/cat/0.png"), FileTime.fromMillis(0));
    Path second = pack("image-folder", moved, format, "second");
    assertEquals(contents(first), contents(second));

    Path again = pack(format.toString(), first, format, "again");
    assertEquals(contents(first), contents(again));
    for (ShardFormat other : ShardFormat.values()) {
      Path there = pack(format.toString(), first, other, "there-" + other);
      Path back = pack(other.toString(), there, format, "back-" + other);
      assertEquals(contents(first), contents(back), "by way of " + other);
    }
  }

  @Test
  void shouldNameShardsAsTheirReadersExpect() throws IOException {
    assertEquals(
        List.of(
            "classnames.txt",
            "train-00000-of-00004",
            "train-00001-of-00004",
            "train-00002-of-00004",
            "train-00003-of-00004",
            "validation-00000-of-00002",
            "validation-00001-of-00002"),
        List.copyOf(
            contents(pack("image-folder", folders, ShardFormat.TFRECORD, "records")).keySet()));
    assertEquals(
        List.of(
            "classnames.txt",
            "train-00000.tar",
            "train-00001.tar",
            "train-00002.tar",
            "train-00003.tar",
            "val-00000.tar",
            "val-00001.tar"),
        List.copyOf(
            contents(pack("image-folder", folders, ShardFormat.WEBDATASET, "tars")).keySet()));
  }

  @Test
  void shouldOverwriteNothing() throws IOException {
    Path out = pack("image-folder", folders, ShardFormat.TFRECORD, "out");
    Map<String, String> before = contents(out);
    assertTrue(refusal("out").contains("out is there already"), refusal("out"));
    assertEquals(before, contents(out));
    Files.createDirectories(root.resolve("other.part"));
    assertTrue(refusal("other").contains("other.part is there already"), refusal("other"));
    assertFalse(Files.exists(root.resolve("other")));
  }

  private String refusal(String out) {
    return assertThrows(
            Refusal.class, () -> pack("image-folder", folders, ShardFormat.TFRECORD, out))
        .getMessage();
  }

  @Test
  void shouldLeaveNothingWhenItFailsHalfWay() throws IOException {
    Path out = root.resolve("out");
    String message =
        assertThrows(
                DataUnavailable.class,
                () ->
                    Packing.pack(
                        settings("image-folder", folders),
                        ShardFormat.WEBDATASET,
                        4,
                        out,
                        shard -> folders.resolve("val/cat/1.png").toFile().delete()))
            .getMessage();
    assertTrue(message.contains("picture val/cat/1.png cannot be read"), message);
    try (Stream<Path> left = Files.list(root)) {
      assertEquals(List.of(folders), left.toList());
    }
  }
}
