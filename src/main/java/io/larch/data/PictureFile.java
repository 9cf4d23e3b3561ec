package io.larch.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A picture that is a file of its own. */
record PictureFile(Path file, String name, int label, long length) implements EncodedPicture {
  @Override
  public byte[] bytes() throws IOException {
    return Files.readAllBytes(file);
  }
}
