package io.larch.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A picture that is an entry of a tar file, which is not unpacked.
 *
 * @param offset of the entry's contents in the tar file
 */
record TarPicture(Path tar, long offset, String name, int label, long length)
    implements EncodedPicture {
  /** Opens the file anew: a channel that is kept would be closed by a reader's interrupt. */
  @Override
  public byte[] bytes() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(length));
    try (SeekableByteChannel channel = Files.newByteChannel(tar)) {
      channel.position(offset);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes) < 0) {
          throw new EOFException(tar + " is truncated: it ends within " + name);
        }
      }
    }
    return bytes.array();
  }
}
