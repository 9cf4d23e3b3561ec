package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.config.Refusal;
import io.larch.record.RecordFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TfRecordFolderTest {
  private static final String TRAIN_0 = "train-00000-of-00002";
  private static final String TRAIN_1 = "train-00001-of-00002";
  private static final String VALIDATION = "validation-00000-of-00001";

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    shard(TRAIN_1, sample(3, 2, "cat"), sample(4, 1, "ant"));
    shard(TRAIN_0, sample(0, 1, "ant"), sample(1, 3, "Dog"), sample(2, 3, "Dog"));
    shard(VALIDATION, sample(9, 2, "cat"), sample(10, 3, "Dog"));
  }

  /** A sample; the green of its picture is its number. */
  private static byte[] sample(int number, long label, String synset) throws IOException {
    return new TfExample.Builder()
        .bytes("image/encoded", picture(number))
        .text("image/class/text", "long words for " + synset)
        .text("image/class/synset", synset)
        .number("image/class/label", label)
        .build();
  }

  private static byte[] picture(int number) throws IOException {
    return Drawn.encode("png", 6, 6, (x, y) -> number << 8);
  }

  private void shard(String name, byte[]... samples) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] sample : samples) {
      RecordFrame.write(out, sample);
    }
    Files.write(folder.resolve(name), out.toByteArray());
  }

  private DataSource open(PictureSettings pictures, int labelBase) {
    return DataSources.open(
        new DataSettings("tfrecord", folder.toString(), 0, 0, 0, false, pictures, labelBase));
  }

  private DataSource open() {
    return open(PictureSettings.DEFAULT, 1);
  }

  private String refusal() {
    return assertThrows(Refusal.class, this::open).getMessage();
  }

  private String readingTheFirst() {
    DataSource source = open();
    return assertThrows(
            DataUnavailable.class, () -> Samples.read(source.training(1), 0, 5, source.floats()))
        .getMessage();
  }

  private void damage(String shard, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve(shard));
    bytes[at] ^= 0x40;
    Files.write(folder.resolve(shard), bytes);
  }

  private static int[] labels(Labels labels) {
    return IntStream.range(0, labels.size()).map(labels::label).toArray();
  }

  @Test
  void shouldTakeShardsAndRecordsInOrderAndCallClassesByTheirSynsets() {
    DataSource source = open();
    assertEquals(List.of("ant", "cat", "Dog"), source.classNames());
    assertArrayEquals(new int[] {0, 2, 2, 1, 0}, labels(source.train()));
    assertArrayEquals(new int[] {1, 2}, labels(source.test()));
  }

  @Test
  void shouldReadThePictureOfARecord() {
    DataSource source = open();
    int plane = source.height() * source.width();
    float[] values = Samples.read(source.testing(), 1, 1, source.floats());
    assertEquals((10 / 255f - 0.456f) / 0.224f, values[plane], 1e-5f);
  }

  @Test
  void shouldCountLabelsFromTheBase() throws IOException {
    shard(VALIDATION, sample(9, 0, "zero"));
    assertTrue(refusal().contains("label is 0; labels begin with larch.data.label-base = 1"));
    DataSource source = open(PictureSettings.DEFAULT, 0);
    assertEquals(List.of("zero", "ant", "cat", "Dog"), source.classNames());
    assertArrayEquals(new int[] {1, 3, 3, 2, 1}, labels(source.train()));
  }

  @Test
  void shouldCallClassesByTheFileOfNamesThenByTextThenByNumber() throws IOException {
    byte[] encoded = picture(0);
    shard(
        TRAIN_0,
        example(feature("image/encoded", bytes(encoded)), feature("image/class/label", packed(1))),
        example(
            feature("image/class/text", bytes("tabby".getBytes(StandardCharsets.UTF_8))),
            feature("image/encoded", bytes(encoded)),
            feature("image/class/label", packed(3))));
    assertEquals(List.of("0", "cat", "tabby"), open().classNames());
    Files.writeString(folder.resolve("classnames.txt"), "a\nb\nc\nd\n");
    assertEquals(List.of("a", "b", "c", "d"), open().classNames());
    Files.writeString(folder.resolve("classnames.txt"), "a\nb\n");
    assertTrue(refusal().contains("has label 2, but the names in"), refusal());
  }

  @Test
  void shouldReadEverySpellingOfAMessage() throws IOException {
    byte[] floats = field(2, field(1, new byte[] {0, 0, 0, 0}));
    byte[] unpacked = field(3, new byte[] {1 << 3, 2, 1 << 3, 9});
    byte[] valueFirst =
        field(1, join(field(2, bytes(picture(7))), field(1, ascii("image/encoded"))));
    byte[] sample =
        example(feature("image/bbox", floats), feature("image/class/label", unpacked), valueFirst);
    shard(VALIDATION, join(new byte[] {9 << 3, 5}, sample));
    DataSource source = open();
    assertArrayEquals(new int[] {1}, labels(source.test()));
    float[] values = Samples.read(source.testing(), 0, 1, source.floats());
    assertEquals((7 / 255f - 0.456f) / 0.224f, values[values.length / 2], 1e-5f);
  }

  private static byte[] example(byte[]... entries) {
    return field(1, join(entries));
  }

  private static byte[] feature(String name, byte[] value) {
    return field(1, join(field(1, ascii(name)), field(2, value)));
  }

  private static byte[] bytes(byte[] value) {
    return field(1, field(1, value));
  }

  private static byte[] packed(int value) {
    return field(3, field(1, new byte[] {(byte) value}));
  }

  /** Field number, wire type 2, a length of up to 14 bits, contents. */
  private static byte[] field(int number, byte[] contents) {
    byte[] head = {
      (byte) (number << 3 | 2), (byte) (contents.length | 0x80), (byte) (contents.length >> 7)
    };
    return join(head, contents);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  @Test
  void shouldNameARecordOfWhichThePictureIsDamaged() throws IOException {
    int first = sample(3, 2, "cat").length + 16;
    damage(TRAIN_1, first + 60);
    String message = readingTheFirst();
    assertTrue(message.contains("picture " + TRAIN_1 + "@" + first), message);
    assertTrue(message.contains("the record at byte " + first + " says 0x"), message);
    assertTrue(message.matches("(?s).*CRC-32C of its payload, found 0x[0-9a-f]{8}.*"), message);
  }

  @Test
  void shouldGiveNoWeightToARecordThatCannotBeUnderstood() throws IOException {
    damage(TRAIN_0, 12);
    assertTrue(readingTheFirst().contains("the record at byte 0 says"), readingTheFirst());
    DataSource source = open(PictureSettings.DEFAULT.findingDamaged(), 1);
    assertArrayEquals(new int[] {-1, 2, 2, 1, 0}, labels(source.train()));
    assertTrue(source.remarks().get(0).contains(TRAIN_0 + "@0"), source.remarks().get(0));
  }

  @Test
  void shouldMakeNoClassOfADamagedLabel() throws IOException {
    damage(TRAIN_0, 12 + sample(0, 1, "ant").length - 1);
    assertEquals(List.of("ant", "cat", "Dog"), open().classNames());
    assertTrue(readingTheFirst().contains("the record at byte 0 says"), readingTheFirst());
  }

  @Test
  void shouldNoticeEveryBitThatIsWrong() throws IOException {
    byte[] sound =
        new TfExample.Builder()
            .bytes("image/encoded", new byte[] {1, 2, 3})
            .text("image/class/synset", "ant")
            .number("image/class/label", 1)
            .build();
    shard(VALIDATION, sound, sound);
    byte[] whole = Files.readAllBytes(folder.resolve(VALIDATION));
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(folder.resolve(VALIDATION), flipped);
      assertTrue(isNoticed(), "bit " + bit);
    }
  }

  private boolean isNoticed() {
    try {
      for (EncodedPicture picture : TfRecordFolder.read(folder, 1).test()) {
        assertArrayEquals(new byte[] {1, 2, 3}, picture.bytes());
      }
      return false;
    } catch (Refusal | IOException e) {
      return true;
    }
  }

  @Test
  void shouldRefuseAShardOfWhichALengthIsDamaged() throws IOException {
    damage(TRAIN_0, 1);
    assertTrue(refusal().contains(TRAIN_0 + " is damaged: the record at byte 0"), refusal());
    assertTrue(refusal().contains("of its length, found 0x"), refusal());
  }

  @Test
  void shouldRefuseATruncatedShard() throws IOException {
    byte[] whole = Files.readAllBytes(folder.resolve(VALIDATION));
    Files.write(folder.resolve(VALIDATION), Arrays.copyOf(whole, whole.length - 1));
    assertTrue(refusal().contains("is truncated in the record at byte"), refusal());
    Files.write(folder.resolve(VALIDATION), Arrays.copyOf(whole, 11));
    assertTrue(refusal().contains("11 bytes are left of its header"), refusal());
  }

  @Test
  void shouldRefuseARecordThatWasWrittenWithoutALabel() throws IOException {
    shard(TRAIN_1, new TfExample.Builder().bytes("image/encoded", picture(1)).build());
    assertTrue(refusal().contains("image/class/label are not both there"), refusal());
  }

  @Test
  void shouldRefuseWhenAShardIsMissing() throws IOException {
    Files.delete(folder.resolve(TRAIN_0));
    assertTrue(refusal().contains("is one of 2 shards, but 1 are there"), refusal());
    Files.delete(folder.resolve(TRAIN_1));
    assertTrue(refusal().contains("no records in shards train-"), refusal());
  }

  /** CRCs and message were worked out by another program, bit by bit. */
  @Test
  void shouldWriteTheBytesOfTheFormat() throws IOException {
    ByteArrayOutputStream digits = new ByteArrayOutputStream();
    RecordFrame.write(digits, ascii("123456789"));
    assertEquals(
        "0900000000000000" + "37f97139" + "313233343536373839" + "e5b08ac7",
        HexFormat.of().formatHex(digits.toByteArray()));

    Path file = folder.resolve("one");
    try (Shard shard = new TfShard(file)) {
      shard.add(0, new byte[] {1, 2}, 2, "cat");
    }
    assertEquals(
        "7000000000000000"
            + "9429adcd"
            + "0a6e"
            + "0a1a0a11696d6167652f636c6173732f6c6162656c12051a030a0103"
            + "0a1d0a12696d6167652f636c6173732f73796e73657412070a050a03636174"
            + "0a180a0c696d6167652f666f726d617412080a060a044a504547"
            + "0a170a0d696d6167652f656e636f64656412060a040a020102"
            + "a4a44f6b",
        HexFormat.of().formatHex(Files.readAllBytes(file)));
  }
}
