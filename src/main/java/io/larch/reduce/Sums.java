package io.larch.reduce;

import io.larch.config.Wire;
import io.larch.optim.Bfloat16;
import java.nio.FloatBuffer;

/**
 * The addition of two tree nodes. With wire type bf16 each operand is rounded to bf16 (nearest,
 * ties to even) before it is added in f32, whether it has travelled or not, so that bits do not
 * depend on placement.
 */
public final class Sums {
  private static final int PIECE = 4096;

  private final boolean bf16;
  private final float[] left = new float[PIECE];
  private final float[] right = new float[PIECE];

  /** Not thread-safe: each thread that adds has its own. */
  public Sums(Wire wire) {
    bf16 = wire == Wire.BF16;
  }

  /** Adds {@code from} to {@code into}; both have the same length. */
  public void add(FloatBuffer into, FloatBuffer from) {
    for (int at = 0; at < into.capacity(); at += PIECE) {
      int count = Math.min(PIECE, into.capacity() - at);
      into.get(at, left, 0, count);
      from.get(at, right, 0, count);
      addPiece(count);
      into.put(at, left, 0, count);
    }
  }

  private void addPiece(int count) {
    if (bf16) {
      Bfloat16.round(left, count);
      Bfloat16.round(right, count);
    }
    for (int i = 0; i < count; i++) {
      left[i] += right[i];
    }
  }
}
