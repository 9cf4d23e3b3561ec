package io.larch.transport;

import io.larch.config.Wire;
import io.larch.optim.Bfloat16;
import io.larch.transport.ChunkHeader.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.zip.CRC32C;
import org.agrona.MutableDirectBuffer;

/** Writes the chunks of one sender, laid out as {@link Chunk} draws. */
final class ChunkWriter {
  private static final int PIECE = 4096;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private final long sender;
  private final boolean checksum;
  private final CRC32C crc = new CRC32C();
  private final float[] values = new float[PIECE];
  private final short[] halves = new short[PIECE];

  ChunkWriter(long sender, boolean checksum) {
    this.sender = sender;
    this.checksum = checksum;
  }

  /** Bytes of a chunk with such a header. */
  static int length(ChunkHeader header) {
    return Chunk.HEADER_BYTES + header.count() * Chunk.bytes(header.wire());
  }

  /** Writes a chunk at a place of a buffer, with values from {@code first} on. */
  void write(
      MutableDirectBuffer buffer, int at, ChunkHeader header, FloatBuffer source, int first) {
    int length = length(header);
    writeHeader(buffer, at, header);
    ByteBuffer bytes = Chunk.view(buffer, at + Chunk.HEADER_BYTES, length - Chunk.HEADER_BYTES);
    if (header.wire() == Wire.F32) {
      bytes.asFloatBuffer().put(0, source, first, header.count());
    } else {
      writeHalves(bytes.asShortBuffer(), source, first, header.count());
    }
    buffer.putInt(at + Chunk.CRC, checksum ? Chunk.crcOf(crc, buffer, at, length) : 0, ORDER);
  }

  private void writeHeader(MutableDirectBuffer buffer, int at, ChunkHeader header) {
    buffer.putInt(at, Chunk.MAGIC, ORDER);
    buffer.putByte(at + Chunk.VERSION_AT, Chunk.VERSION);
    buffer.putByte(at + Chunk.KIND, (byte) Chunk.KINDS.indexOf(header.kind()));
    buffer.putByte(at + Chunk.WIRE, (byte) Chunk.WIRES.indexOf(header.wire()));
    buffer.putByte(at + Chunk.LEVEL, (byte) header.level());
    buffer.putInt(at + Chunk.SLICE, header.slice(), ORDER);
    buffer.putInt(at + Chunk.OFFSET, header.offset(), ORDER);
    buffer.putInt(at + Chunk.COUNT, header.count(), ORDER);
    long indexOrSeal = header.kind() == Kind.STATE ? header.seal() : header.index();
    buffer.putLong(at + Chunk.INDEX_OR_SEAL, indexOrSeal, ORDER);
    buffer.putLong(at + Chunk.GENERATION, header.generation(), ORDER);
    buffer.putLong(at + Chunk.INCARNATION, header.incarnation(), ORDER);
    buffer.putLong(at + Chunk.STEP, header.step(), ORDER);
    buffer.putLong(at + Chunk.SENDER, sender, ORDER);
  }

  private void writeHalves(ShortBuffer into, FloatBuffer source, int first, int count) {
    for (int done = 0; done < count; done += PIECE) {
      int piece = Math.min(PIECE, count - done);
      source.get(first + done, values, 0, piece);
      for (int i = 0; i < piece; i++) {
        halves[i] = (short) (Float.floatToRawIntBits(Bfloat16.round(values[i])) >>> 16);
      }
      into.put(done, halves, 0, piece);
    }
  }
}
