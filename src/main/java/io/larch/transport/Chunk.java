package io.larch.transport;

import io.larch.config.Wire;
import io.larch.transport.ChunkHeader.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;

/**
 * A chunk that arrived: a view of received bytes, valid until the receiver returns. All is
 * little-endian.
 *
 * <pre>
 *    0        4        8  9 10 11  12       16       20       24                32
 *   +--------+--------+--+--+--+--+--------+--------+--------+-----------------+
 *   | magic  | CRC    |ve|ki|wi|le| slice  | offset | count  | index or seal   |
 *   +--------+--------+--+--+--+--+--------+--------+--------+-----------------+
 *   32                40                48               56               64
 *   +-----------------+-----------------+----------------+-----------------+
 *   | generation      | incarnation     | step           | sender          | values …
 *   +-----------------+-----------------+----------------+-----------------+
 * </pre>
 *
 * ve, ki, wi, le: version, kind, wire type and tree level, or which block of a state. Sums have the
 * index of a tree node, states a seal. The CRC-32C is of everything behind it; where the receiver
 * asks for none ({@link DataAddress#checks}) 0 stands there and nobody looks. Values are f32, or
 * bf16 rounded to nearest, ties to even.
 */
public final class Chunk {
  static final int MAGIC = 'L' | 'R' << 8 | 'C' << 16 | 'H' << 24;
  static final byte VERSION = 2;

  static final int CRC = 4;
  static final int VERSION_AT = 8;
  static final int KIND = 9;
  static final int WIRE = 10;
  static final int LEVEL = 11;
  static final int SLICE = 12;
  static final int OFFSET = 16;
  static final int COUNT = 20;
  static final int INDEX_OR_SEAL = 24;
  static final int GENERATION = 32;
  static final int INCARNATION = 40;
  static final int STEP = 48;
  static final int SENDER = 56;
  static final int HEADER_BYTES = 64;

  /** The place of a kind or type is its code on the wire. */
  static final List<Kind> KINDS = List.of(Kind.PARTIAL, Kind.TOTAL, Kind.STATE, Kind.READY);

  static final List<Wire> WIRES = List.of(Wire.F32, Wire.BF16);

  private static final int PIECE = 2048;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private final CRC32C crc = new CRC32C();
  private final float[] values = new float[PIECE];
  private final short[] halves = new short[PIECE];
  private DirectBuffer buffer;
  private int at;
  private int length;

  Chunk() {}

  /** Bytes that a value takes. */
  static int bytes(Wire wire) {
    return wire == Wire.BF16 ? Short.BYTES : Float.BYTES;
  }

  /** A view of part of a buffer's memory. */
  static ByteBuffer view(DirectBuffer buffer, int at, int length) {
    ByteBuffer whole =
        buffer.byteBuffer() == null ? ByteBuffer.wrap(buffer.byteArray()) : buffer.byteBuffer();
    return whole.slice(at + buffer.wrapAdjustment(), length).order(ORDER);
  }

  /** Views received bytes; other methods may be called if it returns true. */
  boolean wrap(DirectBuffer received, int from, int bytes) {
    buffer = received;
    at = from;
    length = bytes;
    return bytes > HEADER_BYTES && isOurs() && isConsistent();
  }

  private boolean isOurs() {
    return int32(0) == MAGIC && buffer.getByte(at + VERSION_AT) == VERSION;
  }

  private boolean isConsistent() {
    int kind = buffer.getByte(at + KIND);
    int wire = buffer.getByte(at + WIRE);
    return kind >= 0
        && kind < KINDS.size()
        && wire >= 0
        && wire < WIRES.size()
        && level() >= 0
        && slice() >= 0
        && (kind() == Kind.STATE || int64(INDEX_OR_SEAL) == (index() & Integer.MAX_VALUE))
        && offset() >= 0
        && count() > 0
        && HEADER_BYTES + (long) count() * bytes(wire()) == length;
  }

  /** Whether the CRC is right. */
  boolean isIntact() {
    return int32(CRC) == crcOf(crc, buffer, at, length);
  }

  static int crcOf(CRC32C crc, DirectBuffer buffer, int at, int length) {
    crc.reset();
    crc.update(view(buffer, at + VERSION_AT, length - VERSION_AT));
    return (int) crc.getValue();
  }

  int length() {
    return length;
  }

  public Kind kind() {
    return KINDS.get(buffer.getByte(at + KIND));
  }

  public Wire wire() {
    return WIRES.get(buffer.getByte(at + WIRE));
  }

  public int level() {
    return buffer.getByte(at + LEVEL);
  }

  public int slice() {
    return int32(SLICE);
  }

  /** Of a state: 0 stands for it in the header. */
  public int index() {
    return kind() == Kind.STATE ? 0 : (int) int64(INDEX_OR_SEAL);
  }

  /** Of a slice's whole state; 0 of anything else. */
  public long seal() {
    return kind() == Kind.STATE ? int64(INDEX_OR_SEAL) : 0;
  }

  /** First value within the slice, in floats. */
  public int offset() {
    return int32(OFFSET);
  }

  public int count() {
    return int32(COUNT);
  }

  public long generation() {
    return int64(GENERATION);
  }

  public long incarnation() {
    return int64(INCARNATION);
  }

  public long step() {
    return int64(STEP);
  }

  /** The sending node's id. */
  public long sender() {
    return int64(SENDER);
  }

  /** Copies {@code count} values, from {@code from} on, to the beginning of an array. */
  public void load(int from, float[] into, int count) {
    if (wire() == Wire.F32) {
      values().asFloatBuffer().get(from, into, 0, count);
      return;
    }
    ShortBuffer shorts = values().asShortBuffer();
    for (int done = 0; done < count; done += PIECE) {
      int piece = Math.min(PIECE, count - done);
      shorts.get(from + done, halves, 0, piece);
      for (int i = 0; i < piece; i++) {
        into[done + i] = Float.intBitsToFloat(halves[i] << 16);
      }
    }
  }

  /** Writes the values over those from {@code first} on. */
  public void copyTo(FloatBuffer into, int first) {
    if (wire() == Wire.F32) {
      into.put(first, values().asFloatBuffer(), 0, count());
      return;
    }
    for (int done = 0; done < count(); done += PIECE) {
      int piece = Math.min(PIECE, count() - done);
      load(done, values, piece);
      into.put(first + done, values, 0, piece);
    }
  }

  private ByteBuffer values() {
    return view(buffer, at + HEADER_BYTES, length - HEADER_BYTES);
  }

  private int int32(int field) {
    return buffer.getInt(at + field, ORDER);
  }

  private long int64(int field) {
    return buffer.getLong(at + field, ORDER);
  }
}
