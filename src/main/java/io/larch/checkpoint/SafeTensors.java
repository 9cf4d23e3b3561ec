package io.larch.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * The safetensors format (huggingface/safetensors, README, "Format"), float32 only (64-bit counters
 * that PyTorch adds are passed over when reading):
 *
 * <pre>
 *   0      u64, little-endian: N, the length of the header
 *   8      N bytes of JSON in UTF-8, padded with spaces to a multiple of 8
 *   8 + N  the tensors' values, little-endian, row-major, without gaps
 * </pre>
 */
public final class SafeTensors {
  static final int LENGTH_BYTES = Long.BYTES;

  private SafeTensors() {}

  /** Writes tensors in the order given, through one buffer of 256 KiB. */
  public static void write(WritableByteChannel channel, List<NamedTensor> tensors)
      throws IOException {
    byte[] header = SafeTensorsHeader.of(tensors).encode();
    writeFully(channel, length(header.length));
    writeFully(channel, ByteBuffer.wrap(header));
    Floats floats = new Floats();
    for (NamedTensor tensor : tensors) {
      floats.encode(tensor.values(), bytes -> writeFully(channel, bytes));
    }
  }

  /** Opens a file and checks its header against its size; the caller owns the result. */
  public static SafeTensorsFile open(Path file) throws IOException {
    return SafeTensorsFile.open(file);
  }

  /** Size of the file that {@link #write} makes. */
  static long fileBytes(List<NamedTensor> tensors) throws IOException {
    long data = tensors.stream().mapToLong(NamedTensor::bytes).sum();
    return LENGTH_BYTES + SafeTensorsHeader.of(tensors).encode().length + data;
  }

  static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static ByteBuffer length(long value) {
    return ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).flip();
  }
}
