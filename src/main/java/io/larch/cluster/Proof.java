package io.larch.cluster;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What devices that are to compute the same bits compare. */
final class Proof {
  private static final int PIECE = 4096;

  private Proof() {}

  /** SHA-256 of a loss and a gradient, little-endian, as lower-case hex. */
  static String sha256(double loss, FloatBuffer gradient) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      ByteBuffer bytes = ByteBuffer.allocate(PIECE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      sha.update(bytes.putDouble(loss).flip());
      for (int from = 0; from < gradient.limit(); from += PIECE) {
        int count = Math.min(PIECE, gradient.limit() - from);
        bytes.clear().asFloatBuffer().put(0, gradient, from, count);
        sha.update(bytes.limit(count * Float.BYTES));
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
