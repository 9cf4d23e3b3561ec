package io.larch.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A record of a TFRecord file, which is a sequence of them
 * (tensorflow/core/lib/io/record_writer.h). All numbers are little-endian.
 *
 * <pre>
 *   0            length of the payload, u64
 *   8            masked CRC of bytes 0 to 7, u32
 *   12           payload
 *   12 + length  masked CRC of the payload, u32
 * </pre>
 *
 * A CRC is CRC-32C, masked: rotated right by 15 bits, plus 0xa282ead8.
 *
 * @param offset of its first byte in the file
 * @param length of the payload in bytes
 */
record TfRecord(Path file, long offset, int length) {
  private static final int HEADER_BYTES = 12;
  private static final int CRC_BYTES = 4;
  private static final int MASK_DELTA = 0xa282ead8;

  /** Reads the header of the record at an offset, which must lie within the file whole. */
  static TfRecord at(FileChannel channel, Path file, long offset) throws IOException {
    byte[] bytes = new byte[HEADER_BYTES];
    ByteBuffer header = littleEndian(bytes);
    long left = channel.size() - offset;
    while (header.hasRemaining() && left >= HEADER_BYTES) {
      if (channel.read(header, offset + header.position()) < 0) {
        break;
      }
    }
    if (header.hasRemaining()) {
      throw truncated(file, offset, "%d bytes are left of its header".formatted(left));
    }
    checkCrc(file, offset, "length", masked(bytes, 0, 8), header.getInt(8));
    long length = header.getLong(0);
    if (length < 0 || length > left - HEADER_BYTES - CRC_BYTES) {
      throw truncated(
          file, offset, "it says it has %d bytes and %d are left".formatted(length, left));
    }
    if (length > Integer.MAX_VALUE - CRC_BYTES) {
      throw new IOException(
          "%s: the record at byte %d has %d bytes; less than 2 GiB are possible"
              .formatted(file, offset, length));
    }
    return new TfRecord(file, offset, (int) length);
  }

  private static EOFException truncated(Path file, long offset, String how) {
    return new EOFException(
        "%s is truncated in the record at byte %d: %s".formatted(file, offset, how));
  }

  /** Where the payload begins. */
  long payloadOffset() {
    return offset + HEADER_BYTES;
  }

  /** Where the next record begins. */
  long end() {
    return payloadOffset() + length + CRC_BYTES;
  }

  /** Reads the payload, followed by its CRC, which was found right. */
  byte[] payload() throws IOException {
    byte[] bytes = FilePart.read(file, payloadOffset(), length + CRC_BYTES);
    int expected = littleEndian(bytes).getInt(length);
    checkCrc(file, offset, "payload", masked(bytes, 0, length), expected);
    return bytes;
  }

  private static void checkCrc(Path file, long offset, String what, int found, int expected)
      throws IOException {
    if (found != expected) {
      throw new IOException(
          "%s is damaged: the record at byte %d says 0x%08x for the masked CRC-32C of its %s, found 0x%08x"
              .formatted(file, offset, expected, what, found));
    }
  }

  /** Appends a record. */
  static void write(OutputStream out, byte[] payload) throws IOException {
    byte[] header = new byte[HEADER_BYTES];
    littleEndian(header).putLong(0, payload.length);
    littleEndian(header).putInt(8, masked(header, 0, 8));
    byte[] crc = new byte[CRC_BYTES];
    littleEndian(crc).putInt(0, masked(payload, 0, payload.length));
    out.write(header);
    out.write(payload);
    out.write(crc);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int masked(byte[] bytes, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }
}
