package io.larch.reduce;

import java.nio.FloatBuffer;

/**
 * A 64-bit hash of the bits of a slice's weights, by which replicas are compared. Four independent
 * lanes of multiply and rotate, in the manner of xxHash64 (Collet), run side by side.
 */
final class SliceHash {
  private static final long PRIME_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
  private static final int PIECE = 4096;

  private SliceHash() {}

  /** The hash of all values from index 0 to the limit; every bit counts, that of −0 too. */
  static long of(FloatBuffer values) {
    float[] piece = new float[Math.min(PIECE, values.limit())];
    long hash = values.limit();
    for (int from = 0; from < values.limit(); from += PIECE) {
      int count = Math.min(PIECE, values.limit() - from);
      values.get(from, piece, 0, count);
      hash = mix(hash, piece(piece, count));
    }
    return hash ^ (hash >>> 32);
  }

  private static long piece(float[] values, int count) {
    long a = 1;
    long b = 2;
    long c = 3;
    long d = 4;
    int whole = count & ~3;
    for (int i = 0; i < whole; i += 4) {
      a = mix(a, Float.floatToRawIntBits(values[i]));
      b = mix(b, Float.floatToRawIntBits(values[i + 1]));
      c = mix(c, Float.floatToRawIntBits(values[i + 2]));
      d = mix(d, Float.floatToRawIntBits(values[i + 3]));
    }
    for (int i = whole; i < count; i++) {
      a = mix(a, Float.floatToRawIntBits(values[i]));
    }
    return mix(mix(a, b), mix(c, d));
  }

  static long mix(long hash, long value) {
    return Long.rotateLeft(hash + value * PRIME_2, 31) * PRIME_1;
  }
}
