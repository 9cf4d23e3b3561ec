package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFolderTest {
  private static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
  private static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
  private static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
  private static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

  /** Three images of 2 × 3 with the labels 0 1 2 for training, one for testing. */
  @TempDir private Path folder;

  @BeforeEach
  void writeByHand() throws IOException {
    put(TRAIN_IMAGES, 0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 3);
    append(TRAIN_IMAGES, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 250, 251, 252, 253, 254, 255);
    put(TRAIN_LABELS, 0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2);
    put(TEST_IMAGES, 0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 9, 9);
    put(TEST_LABELS, 0, 0, 8, 1, 0, 0, 0, 1, 2);
  }

  private void put(String name, int... bytes) throws IOException {
    Files.write(folder.resolve(name), bytes(bytes));
  }

  private void append(String name, int... bytes) throws IOException {
    byte[] before = Files.readAllBytes(folder.resolve(name));
    byte[] whole = Arrays.copyOf(before, before.length + bytes.length);
    System.arraycopy(bytes(bytes), 0, whole, before.length, bytes.length);
    Files.write(folder.resolve(name), whole);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private void compress(String name) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(Files.readAllBytes(folder.resolve(name)));
    }
    Files.write(folder.resolve(name + ".gz"), packed.toByteArray());
    Files.delete(folder.resolve(name));
  }

  private DataInMemory open() {
    return Samples.open(new DataSettings("idx", folder.toString(), 0, 0, 0, false));
  }

  private void assertRefused(String... parts) {
    String message = assertThrows(Refusal.class, this::open).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message + " lacks: " + part);
    }
  }

  @Test
  void shouldReadTheLayoutOfTheFormat() {
    DataInMemory source = open();
    DataSet train = source.train();
    assertEquals(3, train.size());
    assertEquals(3, train.classes());
    assertEquals(1, train.channels());
    assertEquals(2, train.height());
    assertEquals(3, train.width());
    assertEquals(2, train.label(2));
    assertArrayEquals(bytes(7, 8, 9, 10, 11, 12), Samples.pixels(train, 1));
    assertArrayEquals(bytes(250, 251, 252, 253, 254, 255), Samples.pixels(train, 2));
    assertEquals(3, source.test().classes());
    assertEquals(2, source.test().label(0));
  }

  @Test
  void shouldReadCompressedFilesAsTheSameData() throws IOException {
    DataInMemory plain = open();
    compress(TRAIN_IMAGES);
    compress(TEST_LABELS);
    DataInMemory packed = open();
    assertEquals(Samples.sha256(plain.train()), Samples.sha256(packed.train()));
    assertEquals(plain.fingerprint(), packed.fingerprint());
  }

  @Test
  void shouldReadBackWhatItWrote() throws IOException {
    DataSet train = Samples.numbered(300, 20, 1, 5, 4);
    DataSet test = Samples.numbered(30, 20, 1, 5, 4);
    for (boolean compressed : new boolean[] {false, true}) {
      Path target = Files.createDirectory(folder.resolve("written-" + compressed));
      IdxWriter.write(target, train, test, compressed);
      DataFolder read = IdxFolder.read(target);
      assertEquals(Samples.sha256(train), Samples.sha256(read.train()));
      assertEquals(Samples.sha256(test), Samples.sha256(read.test()));
      assertEquals(compressed, Files.exists(target.resolve(TEST_LABELS + ".gz")));
    }
  }

  @Test
  void shouldFingerprintNamesSizesAndLabels() throws IOException {
    String before = open().fingerprint();
    assertEquals(before, open().fingerprint());
    put(TRAIN_LABELS, 0, 0, 8, 1, 0, 0, 0, 3, 0, 2, 1);
    assertTrue(!before.equals(open().fingerprint()));
  }

  @Test
  void shouldNameBothFilesItLookedFor() throws IOException {
    Files.delete(folder.resolve(TEST_IMAGES));
    assertRefused(folder.toString(), TEST_IMAGES, TEST_IMAGES + ".gz", "larch.data.path");
  }

  @Test
  void shouldRefuseAnotherMagicNumber() throws IOException {
    put(TRAIN_LABELS, 0, 0, 8, 3, 0, 0, 0, 3, 0, 1, 2);
    assertRefused(TRAIN_LABELS, "expected magic number 0x00000801", "found 0x00000803");
  }

  @Test
  void shouldSayExpectedAndFoundBytesOfATruncatedFile() throws IOException {
    put(TRAIN_IMAGES, 0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2);
    assertRefused(TRAIN_IMAGES, "truncated", "expected 34 bytes", "[3, 2, 3]", "found 18 bytes");
  }

  @Test
  void shouldRefuseAFileThatEndsWithinItsHeader() throws IOException {
    put(TRAIN_LABELS, 0, 0, 8);
    assertRefused(TRAIN_LABELS, "truncated", "expected 8 bytes", "found 3 bytes");
  }

  @Test
  void shouldRefuseBytesAfterTheEnd() throws IOException {
    append(TEST_LABELS, 1);
    assertRefused(TEST_LABELS, "longer", "expected 9 bytes", "found 10 bytes");
  }

  @Test
  void shouldRefuseImpossibleSizes() throws IOException {
    put(TRAIN_IMAGES, 0, 0, 8, 3, 127, 0, 0, 0, 127, 0, 0, 0, 127, 0, 0, 0);
    assertRefused(TRAIN_IMAGES, "2130706432", "2 GiB");
    put(TRAIN_IMAGES, 0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3);
    assertRefused(TRAIN_IMAGES, "[0, 2, 3]", "positive");
  }

  @Test
  void shouldRefuseImagesAndLabelsThatDoNotBelongTogether() throws IOException {
    put(TRAIN_LABELS, 0, 0, 8, 1, 0, 0, 0, 2, 0, 1);
    put(TEST_LABELS, 0, 0, 8, 1, 0, 0, 0, 1, 1);
    assertRefused(TRAIN_IMAGES, "3 images", TRAIN_LABELS, "2 labels");
  }

  @Test
  void shouldRefuseTrainingAndTestImagesOfDifferentSizes() throws IOException {
    put(TEST_IMAGES, 0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 2, 9, 9, 9, 9, 9, 9);
    assertRefused("2 × 3", "3 × 2");
  }

  @Test
  void shouldRefuseATrainingLabelBeyondAGap() throws IOException {
    put(TRAIN_LABELS, 0, 0, 8, 1, 0, 0, 0, 3, 0, 200, 1);
    assertRefused(TRAIN_LABELS, "label 200 at sample 1", "0 to 1");
  }

  @Test
  void shouldAcceptClassesNumberedFromOne() throws IOException {
    put(TRAIN_LABELS, 0, 0, 8, 1, 0, 0, 0, 3, 1, 3, 2);
    assertEquals(4, open().train().classes());
  }

  @Test
  void shouldRefuseATestLabelThatTrainingLacks() throws IOException {
    put(TEST_LABELS, 0, 0, 8, 1, 0, 0, 0, 1, 3);
    assertRefused(TEST_LABELS, "label 3 at sample 0", "0 to 2");
  }

  @Test
  void shouldRefuseCompressedDataThatEndTooSoon() throws IOException {
    compress(TRAIN_IMAGES);
    Path packed = folder.resolve(TRAIN_IMAGES + ".gz");
    byte[] whole = Files.readAllBytes(packed);
    Files.write(packed, Arrays.copyOf(whole, whole.length - 12));
    assertRefused(TRAIN_IMAGES + ".gz", "gzip");
  }

  @Test
  void shouldRefuseCompressedDataWithAWrongChecksum() throws IOException {
    compress(TRAIN_IMAGES);
    Path packed = folder.resolve(TRAIN_IMAGES + ".gz");
    byte[] whole = Files.readAllBytes(packed);
    whole[whole.length - 6] ^= 1;
    Files.write(packed, whole);
    assertRefused(TRAIN_IMAGES + ".gz", "damaged", "gzip");
  }

  @Test
  void shouldRefuseAPlainFileNamedAsCompressed() throws IOException {
    Files.move(folder.resolve(TRAIN_IMAGES), folder.resolve(TRAIN_IMAGES + ".gz"));
    assertRefused(TRAIN_IMAGES + ".gz", "found 0 bytes", "GZIP");
  }
}
