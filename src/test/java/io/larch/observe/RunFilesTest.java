package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a run leaves in its folder, read back by other means than it was written with. */
@Timeout(60)
class RunFilesTest {
  private static final Event.Layers LAYERS =
      new Event.Layers(
          3,
          List.of(
              new TensorFigures("conv1.weight", 5, 0.5, 0.25),
              new TensorFigures("conv1.bias", 2, 0.25, 0.75)));

  @TempDir Path folder;

  private static Event.Step step(long number) {
    DevicePhases device = new DevicePhases(0.1, 0.2, 0.3, 0.4, 0.5);
    return new Event.Step(
        number,
        0.5,
        2.5,
        0.125,
        0.75,
        1000,
        1.5,
        0.1,
        List.of(new NodePhases("one", List.of(device), 0.1, 0.2, 0.3, 0.4)));
  }

  @Test
  void shouldKeepEveryEventAsALineAndGoOnBehindThem() throws IOException {
    Path file = folder.resolve("new").resolve("events.jsonl");
    List<Event> told = List.of(step(3), LAYERS, new Event.Warning("a \"quoted\"\nword"));
    for (int i = 0; i < 2; i++) {
      try (EventFile events = EventFile.append(file)) {
        told.forEach(events::on);
      }
    }
    List<Event> read = Files.readAllLines(file).stream().map(Json::readEvent).toList();
    assertEquals(Stream.of(told, told).flatMap(List::stream).toList(), read);
  }

  @Test
  void shouldTellOfLayersEverMoreSeldom() {
    assertEquals(999, LongStream.range(1, 1_000).filter(Event.Layers::isToldOf).count());
    assertEquals(900, LongStream.range(1_000, 10_000).filter(Event.Layers::isToldOf).count());
    assertEquals(900, LongStream.range(10_000, 100_000).filter(Event.Layers::isToldOf).count());
  }

  @Test
  void shouldWriteWhatTensorBoardReads() throws IOException {
    BufferedImage picture = new BufferedImage(5, 4, BufferedImage.TYPE_BYTE_GRAY);
    picture.getRaster().setSample(2, 1, 0, 200);
    try (TensorBoardFile board = TensorBoardFile.create(folder, () -> 2_000)) {
      board.on(step(3));
      board.on(LAYERS);
      board.text("run_file", 0, "model = lenet");
      board.image("pictures/0", 0, picture);
    }
    List<UnknownFieldSet> events = events();
    assertEquals("brain.Event:2", text(events.get(0), 3));
    assertEquals(2.0, number(events.get(1), 1));
    assertEquals(3, events.get(1).getField(2).getVarintList().get(0));
    assertEquals(2.5f, scalar(value(events, "train/loss")));
    assertEquals(0.4f, scalar(value(events, "phases/one/device_0/backward")));
    assertEquals(0.25f, scalar(value(events, "trust_ratio/conv1.weight")));
    UnknownFieldSet histogram = message(value(events, "trust_ratios"), 5);
    assertEquals(0.25, number(histogram, 1));
    assertEquals(0.75, number(histogram, 2));
    assertEquals(2.0, number(histogram, 3));
    assertEquals(1.0, number(histogram, 4));
    assertEquals(0.625, number(histogram, 5));
    assertArrayEquals(new double[] {1, 1}, notZero(bytes(histogram, 7)));
    UnknownFieldSet tensor = message(value(events, "run_file"), 8);
    assertEquals("model = lenet", text(tensor, 8));
    UnknownFieldSet image = message(value(events, "pictures/0"), 4);
    BufferedImage read = ImageIO.read(new ByteArrayInputStream(bytes(image, 4).toByteArray()));
    assertEquals(200, read.getRaster().getSample(2, 1, 0));
  }

  /** Payloads of the only file in the folder; every CRC is checked. */
  private List<UnknownFieldSet> events() throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    assertTrue(file.getFileName().toString().contains(".tfevents."), file.toString());
    ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<UnknownFieldSet> events = new ArrayList<>();
    while (all.hasRemaining()) {
      int at = all.position();
      byte[] payload = new byte[(int) all.getLong()];
      assertEquals(masked(all.array(), at, 8), all.getInt());
      all.get(payload);
      assertEquals(masked(payload, 0, payload.length), all.getInt());
      events.add(UnknownFieldSet.parseFrom(payload));
    }
    return events;
  }

  /** CRC-32C bit by bit, masked. */
  private static int masked(byte[] bytes, int at, int length) {
    int crc = -1;
    for (int i = at; i < at + length; i++) {
      crc ^= bytes[i] & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78);
      }
    }
    crc = ~crc;
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  private static UnknownFieldSet value(List<UnknownFieldSet> events, String tag)
      throws IOException {
    for (UnknownFieldSet event : events) {
      for (ByteString summary : event.getField(5).getLengthDelimitedList()) {
        for (ByteString bytes :
            UnknownFieldSet.parseFrom(summary).getField(1).getLengthDelimitedList()) {
          UnknownFieldSet value = UnknownFieldSet.parseFrom(bytes);
          if (text(value, 1).equals(tag)) {
            return value;
          }
        }
      }
    }
    throw new AssertionError("no value " + tag);
  }

  private static float scalar(UnknownFieldSet value) {
    return Float.intBitsToFloat(value.getField(2).getFixed32List().get(0));
  }

  private static double number(UnknownFieldSet message, int field) {
    return Double.longBitsToDouble(message.getField(field).getFixed64List().get(0));
  }

  private static ByteString bytes(UnknownFieldSet message, int field) {
    return message.getField(field).getLengthDelimitedList().get(0);
  }

  private static String text(UnknownFieldSet message, int field) {
    return bytes(message, field).toStringUtf8();
  }

  private static UnknownFieldSet message(UnknownFieldSet message, int field) throws IOException {
    return UnknownFieldSet.parseFrom(bytes(message, field));
  }

  private static double[] notZero(ByteString packed) {
    ByteBuffer numbers = packed.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    return LongStream.range(0, packed.size() / Double.BYTES)
        .mapToDouble(i -> numbers.getDouble())
        .filter(number -> number != 0)
        .toArray();
  }
}
