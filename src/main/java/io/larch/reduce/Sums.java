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
  /** Two of them stay in a core's first cache. */
  private static final int PIECE = 2048;

  private final boolean bf16;
  private final float[] left = new float[PIECE];
  private final float[] right = new float[PIECE];

  /** Not thread-safe: each thread that adds has its own. */
  public Sums(Wire wire) {
    bf16 = wire == Wire.BF16;
  }

  /** Adds {@code from} to {@code into}; both have the same length. */
  public void add(FloatBuffer into, FloatBuffer from) {
    add(into, 0, Values.of(from));
  }

  /** Adds values to those of {@code into} from {@code offset} on. */
  public void add(FloatBuffer into, int offset, Values values) {
    for (int at = 0; at < values.count(); at += PIECE) {
      int count = Math.min(PIECE, values.count() - at);
      into.get(offset + at, left, 0, count);
      values.load(at, right, count);
      addPiece(count);
      into.put(offset + at, left, 0, count);
    }
  }

  /**
   * Rounds a whole sum, in place, to what can travel. Statistics keep f32: rounding them every step
   * would hold back a value that moves slowly.
   */
  public void round(FloatBuffer whole) {
    for (int at = 0; bf16 && at < whole.capacity(); at += PIECE) {
      int count = Math.min(PIECE, whole.capacity() - at);
      whole.get(at, left, 0, count);
      Bfloat16.round(left, count);
      whole.put(at, left, 0, count);
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
