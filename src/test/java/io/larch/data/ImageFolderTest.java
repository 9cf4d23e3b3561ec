package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.config.PictureSettings.Augment;
import io.larch.config.PictureSettings.Damaged;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImageFolderTest {
  private static final int SIZE = 4;
  private static final int FLOATS = 3 * SIZE * SIZE;

  @TempDir private Path folder;

  @BeforeEach
  void draw() throws IOException {
    Drawn.folders(folder, 6, 3, "cat", "Dog", "ant");
  }

  private static PictureSettings pictures(Augment augment, Damaged damaged, int threads) {
    return new PictureSettings(
        augment,
        SIZE,
        5,
        augment == Augment.LARS18_MAX ? 0.3 : 0,
        List.of(0.0, 0.0, 0.0),
        List.of(1.0, 1.0, 1.0),
        "",
        damaged,
        threads);
  }

  private DataSource open(int trainSamples, PictureSettings pictures) {
    return DataSources.open(
        new DataSettings("image-folder", folder.toString(), trainSamples, 0, 0, false, pictures));
  }

  private DataSource open(Damaged damaged) {
    return open(0, pictures(Augment.NONE, damaged, 2));
  }

  private DataSource open() {
    return open(Damaged.STOP);
  }

  private static int[] labels(Labels labels) {
    return IntStream.range(0, labels.size()).map(labels::label).toArray();
  }

  private String refusal() {
    return assertThrows(Refusal.class, this::open).getMessage();
  }

  @Test
  void shouldNumberClassesInTheOrderOfTheirNames() {
    DataSource source = open();
    assertEquals(List.of("Dog", "ant", "cat"), source.classNames());
    assertEquals(18, source.train().size());
    assertArrayEquals(new int[] {0, 0, 0, 1, 1, 1, 2, 2, 2}, labels(source.test()));
  }

  @Test
  void shouldGiveRedGreenAndBluePlanes() {
    float[] values = Samples.read(open().testing(), 7, 1, FLOATS);
    for (int i = 0; i < FLOATS; i++) {
      float expected = new float[] {0, 1 / 255f, 0}[i / (SIZE * SIZE)];
      assertEquals(expected, values[i], 1e-7f, "cat is drawn with red 0, picture 1 with green 1");
    }
    assertArrayEquals(new int[] {2}, Samples.labels(open().testing(), 7, 1, FLOATS));
  }

  @ParameterizedTest
  @EnumSource(Augment.class)
  void shouldReadTheSameBitsInAnyPiecesOnAnyNumberOfThreads(Augment augment) throws IOException {
    byte[] colorful = Drawn.encode("jpg", 97, 61, Drawn::gradient);
    Files.write(folder.resolve("train/cat/0.png"), colorful);
    Reader alone = open(0, pictures(augment, Damaged.STOP, 1)).training(5);
    float[] expected = Samples.read(alone, 30, 20, FLOATS);
    Reader many = open(0, pictures(augment, Damaged.STOP, 7)).training(5);
    assertArrayEquals(expected, Samples.read(many, 30, 20, FLOATS));
    for (int piece = 0; piece < 20; piece += 4) {
      assertArrayEquals(
          Arrays.copyOfRange(expected, piece * FLOATS, (piece + 4) * FLOATS),
          Samples.read(many, 30 + piece, 4, FLOATS));
    }
  }

  @Test
  void shouldVisitEveryPictureOnceAnEpochInTheOrderOfDataInMemory() {
    int[] labels = Samples.labels(open().training(7), 0, 18, FLOATS);
    TrainingStream stream =
        new TrainingStream(Samples.numbered(18, 3, 1, 1, 1), Samples.identity(1), 7, 0, false);
    for (int i = 0; i < labels.length; i++) {
      assertEquals(stream.index(i) / 6, labels[i]);
    }
  }

  @Test
  void shouldPadWithBlackAndMirrorWhenAsked() throws IOException {
    byte[] halves = Drawn.encode("png", 4, 4, (x, y) -> x < 2 ? 0xFF0000 : 0x00FF00);
    Path own = folder.resolve("own");
    for (String split : List.of("train/a", "val/a")) {
      Files.write(Files.createDirectories(own.resolve(split)).resolve("x.png"), halves);
    }
    PictureSettings plain =
        new PictureSettings(
            Augment.NONE,
            4,
            4,
            0,
            List.of(0.0, 0.0, 0.0),
            List.of(1.0, 1.0, 1.0),
            "",
            Damaged.STOP,
            1);
    DataSettings settings = new DataSettings("image-folder", own.toString(), 0, 0, 1, true, plain);
    float[] read = Samples.read(DataSources.open(settings).training(1), 0, 200, FLOATS);
    boolean black = false;
    boolean mirrored = false;
    for (int i = 0; i < 200; i++) {
      float red = read[i * FLOATS + 5];
      float green = read[i * FLOATS + 16 + 5];
      mirrored |= green == 1;
      black |= read[i * FLOATS] == 0 && read[i * FLOATS + 16] == 0;
      assertEquals(1, red + green, "the inner square is never black");
    }
    assertTrue(black && mirrored);
  }

  @Test
  void shouldTakeEvenlySpacedPicturesWhenLimited() {
    DataSource source = open(6, pictures(Augment.NONE, Damaged.STOP, 1));
    assertArrayEquals(new int[] {0, 0, 1, 1, 2, 2}, labels(source.train()));
    String message =
        assertThrows(Refusal.class, () -> open(19, PictureSettings.DEFAULT)).getMessage();
    assertTrue(message.contains("train-samples = 19 but the data set has 18"), message);
  }

  @Test
  void shouldStopAtADamagedPictureAndNameIt() throws IOException {
    Files.write(folder.resolve("val/ant/1.png"), new byte[] {1, 2, 3});
    Reader testing = open().testing();
    assertEquals(FLOATS * 4, Samples.read(testing, 0, 4, FLOATS).length);
    String message =
        assertThrows(DataUnavailable.class, () -> Samples.read(testing, 0, 9, FLOATS)).getMessage();
    assertTrue(message.contains("picture val/ant/1.png: its 3 bytes are neither"), message);
  }

  @Test
  void shouldKeepThePlaceOfDamagedPicturesWithoutWeightWhenAskedTo() throws IOException {
    Files.write(folder.resolve("val/ant/1.png"), new byte[] {1, 2, 3});
    Files.write(folder.resolve("train/cat/5.jpeg"), new byte[0]);
    DataSource source = open(Damaged.WEIGHTLESS);
    assertEquals(19, source.train().size());
    assertArrayEquals(new int[] {0, 0, 0, 1, -1, 1, 2, 2, 2}, labels(source.test()));
    assertEquals(2, source.remarks().size());
    assertTrue(source.remarks().get(0).contains("train/cat/5.jpeg"), source.remarks().get(0));
    assertNotEquals(open(Damaged.STOP).fingerprint(), source.fingerprint());
    float[] read = Samples.read(source.testing(), 4, 1, FLOATS);
    assertArrayEquals(new float[FLOATS], read, "the mean colour");
    int[] order = Samples.labels(source.training(7), 0, 19, FLOATS);
    assertEquals(1, Arrays.stream(order).filter(label -> label == -1).count());
  }

  @Test
  void shouldGiveTheSameFingerprintWhenNothingIsDamaged() {
    assertEquals(open(Damaged.STOP).fingerprint(), open(Damaged.WEIGHTLESS).fingerprint());
  }

  @Test
  void shouldFingerprintNamesSizesAndClassesButNoPaths(@TempDir Path elsewhere) throws IOException {
    String fingerprint = open().fingerprint();
    Drawn.folders(elsewhere, 6, 3, "cat", "Dog", "ant");
    DataSettings there = new DataSettings("image-folder", elsewhere.toString(), 0, 0, 0, false);
    assertEquals(fingerprint, DataSources.open(there).fingerprint());
    Files.move(folder.resolve("val/ant/1.png"), folder.resolve("val/ant/8.png"));
    assertNotEquals(fingerprint, open().fingerprint());
  }

  @Test
  void shouldIgnoreFilesThatAreNoPictures() throws IOException {
    Files.writeString(folder.resolve("train/cat/notes.txt"), "none");
    Files.writeString(folder.resolve("train/LICENSE"), "none");
    assertEquals(18, open().train().size());
  }

  @Test
  void shouldRefuseFoldersThatAreNoClassFolders() throws IOException {
    Files.createDirectories(folder.resolve("val/bee"));
    assertTrue(refusal().contains("has classes that"), refusal());
    assertTrue(refusal().contains("bee"), refusal());
    Files.delete(folder.resolve("val/bee"));
    Files.move(folder.resolve("train"), folder.resolve("gone"));
    assertTrue(refusal().contains("train/CLASS/FILE"), refusal());
    Files.createDirectories(folder.resolve("train"));
    assertTrue(refusal().contains("holds no class folders"), refusal());
    assertFalse(refusal().contains("Exception"), refusal());
  }
}
