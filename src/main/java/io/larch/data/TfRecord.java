package io.larch.data;

import static io.larch.record.RecordFrame.CRC_BYTES;
import static io.larch.record.RecordFrame.HEADER_BYTES;
import static io.larch.record.RecordFrame.LENGTH_BYTES;
import static io.larch.record.RecordFrame.littleEndian;
import static io.larch.record.RecordFrame.masked;

import io.larch.record.RecordFrame;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A record of a TFRecord file, which is a sequence of them, each in a {@link RecordFrame}.
 *
 * @param offset of its first byte in the file
 * @param length of the payload in bytes
 */
record TfRecord(Path file, long offset, int length) {
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
    checkCrc(file, offset, "length", masked(bytes, 0, LENGTH_BYTES), header.getInt(LENGTH_BYTES));
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
}
