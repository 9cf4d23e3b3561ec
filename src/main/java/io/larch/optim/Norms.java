package io.larch.optim;

import java.nio.FloatBuffer;

/**
 * Sums of squares in double, in an order of additions that is fixed by position alone.
 *
 * <p>A piece of a tensor is cut into blocks of {@value #BLOCK} values from the piece's start; the
 * last may be shorter. In a block, value i goes to accumulator i mod 8, and what is left over after
 * the last whole eight to a ninth; the accumulators are then added in a fixed tree. Block sums are
 * added to the running sum one after the other. So a caller may cut a piece at multiples of {@value
 * #BLOCK} and carry the running sum from part to part without changing a bit; any other cut, and
 * adding up separately formed sums, is another order and may give other bits.
 */
public final class Norms {
  /** Values in a block. */
  public static final int BLOCK = 4096;

  private Norms() {}

  /** The sum of the squares of all values of a piece, from index 0 to its limit. */
  public static double squares(FloatBuffer piece) {
    return addSquares(0, piece);
  }

  /** The running sum after the blocks of a further part. */
  public static double addSquares(double sum, FloatBuffer part) {
    float[] block = new float[Math.min(BLOCK, part.limit())];
    double total = sum;
    for (int from = 0; from < part.limit(); from += BLOCK) {
      int count = Math.min(BLOCK, part.limit() - from);
      part.get(from, block, 0, count);
      total += squares(block, count);
    }
    return total;
  }

  private static double squares(float[] x, int count) {
    double a0 = 0;
    double a1 = 0;
    double a2 = 0;
    double a3 = 0;
    double a4 = 0;
    double a5 = 0;
    double a6 = 0;
    double a7 = 0;
    int whole = count & ~7;
    for (int i = 0; i < whole; i += 8) {
      a0 += square(x[i]);
      a1 += square(x[i + 1]);
      a2 += square(x[i + 2]);
      a3 += square(x[i + 3]);
      a4 += square(x[i + 4]);
      a5 += square(x[i + 5]);
      a6 += square(x[i + 6]);
      a7 += square(x[i + 7]);
    }
    double rest = 0;
    for (int i = whole; i < count; i++) {
      rest += square(x[i]);
    }
    return ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7)) + rest;
  }

  private static double square(double x) {
    return x * x;
  }
}
