package io.larch.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads bytes out of the middle of a file. */
final class FilePart {
  private FilePart() {}

  /** Opens the file anew: a channel that is kept would be closed by a reader's interrupt. */
  static byte[] read(Path file, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      channel.position(offset);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes) < 0) {
          throw new EOFException(
              "%s is truncated: %d bytes at byte %d are wanted, and it ends at byte %d"
                  .formatted(file, length, offset, channel.size()));
        }
      }
    }
    return bytes.array();
  }
}
