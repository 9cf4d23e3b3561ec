package io.larch.data;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A picture that is an entry of a tar file, which is not unpacked.
 *
 * @param offset of the entry's contents in the tar file
 */
record TarPicture(Path tar, long offset, String name, int label, long length)
    implements EncodedPicture {
  @Override
  public byte[] bytes() throws IOException {
    return FilePart.read(tar, offset, Math.toIntExact(length));
  }
}
