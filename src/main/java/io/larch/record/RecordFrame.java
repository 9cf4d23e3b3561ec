package io.larch.record;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The frame of a record (tensorflow/core/lib/io/record_writer.h). All numbers are little-endian.
 *
 * <pre>
 *   0            length of the payload, u64
 *   8            masked CRC of bytes 0 to 7, u32
 *   12           payload
 *   12 + length  masked CRC of the payload, u32
 * </pre>
 *
 * A CRC is CRC-32C, masked: rotated right by 15 bits, plus 0xa282ead8.
 */
public final class RecordFrame {
  public static final int HEADER_BYTES = 12;
  public static final int CRC_BYTES = 4;

  /** Of the header: where the CRC of the length stands, behind it. */
  public static final int LENGTH_BYTES = 8;

  private static final int MASK_DELTA = 0xa282ead8;

  private RecordFrame() {}

  /** Appends a record. */
  public static void write(OutputStream out, byte[] payload) throws IOException {
    byte[] header = new byte[HEADER_BYTES];
    littleEndian(header).putLong(0, payload.length);
    littleEndian(header).putInt(LENGTH_BYTES, masked(header, 0, LENGTH_BYTES));
    byte[] crc = new byte[CRC_BYTES];
    littleEndian(crc).putInt(0, masked(payload, 0, payload.length));
    out.write(header);
    out.write(payload);
    out.write(crc);
  }

  /** The bytes, to be read and written as numbers. */
  public static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The masked CRC of some bytes. */
  public static int masked(byte[] bytes, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }
}
