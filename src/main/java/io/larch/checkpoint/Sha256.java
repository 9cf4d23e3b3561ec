package io.larch.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in the lower-case hexadecimal digits of {@code sha256sum}. */
final class Sha256 {
  static final int DIGITS = 64;
  private static final int CHUNK_BYTES = 1 << 18;

  private final MessageDigest digest;

  Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Takes the remaining bytes. */
  Sha256 update(ByteBuffer bytes) {
    digest.update(bytes);
    return this;
  }

  Sha256 update(byte[] bytes) {
    digest.update(bytes);
    return this;
  }

  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  static String of(Path file) throws IOException {
    Sha256 sha = new Sha256();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(chunk.clear()) >= 0) {
        sha.update(chunk.flip());
      }
    }
    return sha.hex();
  }
}
