package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Wire;
import io.larch.optim.Bfloat16;
import io.larch.transport.ChunkHeader.Kind;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ChunkTest {
  private static final int AT = 32;
  private static final long SENDER = 0x1122334455667788L;

  private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(1 << 17));
  private final Chunk chunk = new Chunk();

  @Test
  void shouldLayOutBytesAsDrawn() {
    ChunkHeader header =
        new ChunkHeader(
            Kind.TOTAL, 0x0A0B0C0D, 0x0102030405060708L, 258, 7, 5, 6, 1000, 2, Wire.F32, 0);
    int length = write(header, FloatBuffer.wrap(new float[] {9f, 1f, -2f}), 1, true);

    byte[] expected =
        HexFormat.of()
            .parseHex(
                "4c524348"
                    + "00000000"
                    + "02010005"
                    + "07000000"
                    + "e8030000"
                    + "02000000"
                    + "0600000000000000"
                    + "0d0c0b0a00000000"
                    + "0807060504030201"
                    + "0201000000000000"
                    + "8877665544332211"
                    + "0000803f"
                    + "000000c0");
    CRC32C crc = new CRC32C();
    crc.update(expected, 8, expected.length - 8);
    new UnsafeBuffer(expected).putInt(4, (int) crc.getValue(), java.nio.ByteOrder.LITTLE_ENDIAN);
    byte[] written = new byte[length];
    buffer.getBytes(AT, written);
    assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(written));
  }

  @Property(tries = 200)
  void shouldReadWhatWasWritten(
      @ForAll @IntRange(min = 1, max = 10000) int count, @ForAll boolean half, @ForAll long seed) {
    Random random = new Random(seed);
    ChunkHeader header = anyHeader(random, count, half ? Wire.BF16 : Wire.F32);
    FloatBuffer values = anyBits(random, count + 3);
    int length = write(header, values, 3, true);

    assertTrue(chunk.wrap(buffer, AT, length) && chunk.isIntact());
    assertEquals(header, header(chunk));
    assertEquals(SENDER, chunk.sender());
    FloatBuffer copied = Fixtures.floats(count + 5);
    chunk.copyTo(copied, 5);
    for (int i = 0; i < count; i++) {
      float sent = values.get(3 + i);
      assertEquals(bits(half ? Bfloat16.round(sent) : sent), bits(copied.get(5 + i)), "value " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldLoadAnyPart(Wire wire) {
    FloatBuffer values = anyFloats(new Random(1), 9001);
    assertTrue(chunk.wrap(buffer, AT, write(Fixtures.header(0, 9001, wire), values, 0, true)));
    float[] loaded = new float[6001];
    chunk.load(2500, loaded, 6000);
    for (int i = 0; i < 6000; i++) {
      float sent = values.get(2500 + i);
      assertEquals(wire == Wire.BF16 ? Bfloat16.round(sent) : sent, loaded[i], "value " + i);
    }
    assertEquals(0, loaded[6000]);
  }

  @Test
  void shouldNoticeEveryFlippedBit() {
    int length = write(Fixtures.header(0, 3, Wire.F32), anyFloats(new Random(3), 3), 0, true);
    for (int bit = 0; bit < length * 8; bit++) {
      flip(bit);
      assertFalse(chunk.wrap(buffer, AT, length) && chunk.isIntact(), "bit " + bit);
      flip(bit);
    }
    assertTrue(chunk.wrap(buffer, AT, length) && chunk.isIntact());
  }

  @Test
  void shouldNotTakeAMissingChecksumForARightOne() {
    int length = write(Fixtures.header(0, 3, Wire.F32), anyFloats(new Random(3), 3), 0, false);
    assertTrue(chunk.wrap(buffer, AT, length));
    assertFalse(chunk.isIntact());
  }

  @Test
  void shouldTakeAChunkWhoseChecksumIsZero() {
    FloatBuffer values = anyFloats(new Random(3), 3);
    int length = write(Fixtures.header(0, 3, Wire.F32), values, 0, true);
    values.put(2, Float.intBitsToFloat(lastFourBytesForZero(length)));
    write(Fixtures.header(0, 3, Wire.F32), values, 0, true);
    assertEquals(0, buffer.getInt(AT + Chunk.CRC));
    assertTrue(chunk.wrap(buffer, AT, length) && chunk.isIntact());
    flip(8 * Chunk.HEADER_BYTES);
    assertFalse(chunk.isIntact());
  }

  /** The register is all ones where a CRC is 0; 32 steps back it shows what must come last. */
  private int lastFourBytesForZero(int length) {
    CRC32C crc = new CRC32C();
    int first = AT + Chunk.VERSION_AT;
    crc.update(Chunk.view(buffer, first, length - Chunk.VERSION_AT - Integer.BYTES));
    int register = -1;
    for (int bit = 0; bit < 32; bit++) {
      register = register < 0 ? (register ^ 0x82F63B78) << 1 | 1 : register << 1;
    }
    return register ^ ~(int) crc.getValue();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, another magic",
    "8, 1, another version",
    "9, 4, an unknown kind",
    "9, -1, a negative kind",
    "10, 2, an unknown type",
    "10, 1, a type that does not fit the length",
    "11, -1, a negative level",
    "15, -1, a negative slice",
    "20, 4, a count that does not fit the length",
    "23, 64, a count whose bytes overflow",
    "27, -1, a negative index",
    "28, 1, an index that is too large"
  })
  void shouldRefuseStrangers(int at, int value, String what) {
    int length = write(Fixtures.header(0, 3, Wire.F32), anyFloats(new Random(3), 3), 0, false);
    buffer.putByte(AT + at, (byte) value);
    assertFalse(chunk.wrap(buffer, AT, length), what);
  }

  @Test
  void shouldRefuseWhatIsTooShort() {
    int length = write(Fixtures.header(0, 3, Wire.F32), anyFloats(new Random(3), 3), 0, false);
    for (int shorter = 0; shorter < length; shorter++) {
      assertFalse(chunk.wrap(buffer, AT, shorter), shorter + " bytes");
    }
  }

  @Test
  void shouldRefuseImpossibleHeaders() {
    assertThrows(IllegalArgumentException.class, () -> Fixtures.header(0, 0, Wire.F32));
    assertThrows(IllegalArgumentException.class, () -> Fixtures.header(-1, 1, Wire.F32));
  }

  private int write(ChunkHeader header, FloatBuffer values, int first, boolean checksum) {
    new ChunkWriter(SENDER, checksum).write(buffer, AT, header, values, first);
    return ChunkWriter.length(header);
  }

  private void flip(int bit) {
    int at = AT + bit / 8;
    buffer.putByte(at, (byte) (buffer.getByte(at) ^ 1 << bit % 8));
  }

  private static ChunkHeader header(Chunk read) {
    return new ChunkHeader(
        read.kind(),
        read.generation(),
        read.incarnation(),
        read.step(),
        read.slice(),
        read.level(),
        read.index(),
        read.offset(),
        read.count(),
        read.wire(),
        read.seal());
  }

  private static ChunkHeader anyHeader(Random random, int count, Wire wire) {
    Kind kind = Chunk.KINDS.get(random.nextInt(Chunk.KINDS.size()));
    boolean state = kind == Kind.STATE;
    return new ChunkHeader(
        kind,
        random.nextLong(),
        random.nextLong(),
        random.nextLong(),
        random.nextInt() >>> 1,
        random.nextInt(31),
        state ? 0 : random.nextInt() >>> 1,
        random.nextInt() >>> 1,
        count,
        wire,
        state ? random.nextLong() : 0);
  }

  private static FloatBuffer anyFloats(Random random, int count) {
    FloatBuffer values = Fixtures.floats(count);
    for (int i = 0; i < count; i++) {
      values.put(i, (float) random.nextGaussian());
    }
    return values;
  }

  private static FloatBuffer anyBits(Random random, int count) {
    FloatBuffer values = Fixtures.floats(count);
    for (int i = 0; i < count; i++) {
      values.put(i, Float.intBitsToFloat(random.nextInt()));
    }
    return values;
  }

  /** NaN has many bit patterns; all are one value. */
  private static int bits(float value) {
    return Float.floatToIntBits(value);
  }
}
