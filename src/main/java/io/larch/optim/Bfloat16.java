package io.larch.optim;

/** Rounding to bf16: the upper half of an f32, with 8 bits of significand. */
public final class Bfloat16 {
  private Bfloat16() {}

  /** Rounds in place to the nearest bf16, ties to even; infinities stay, NaN stays NaN. */
  public static void round(float[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = round(values[i]);
    }
  }

  /** The nearest bf16, ties to even, as a float. */
  public static float round(float value) {
    int bits = Float.floatToRawIntBits(value);
    int even = (bits >>> 16) & 1;
    float rounded = Float.intBitsToFloat((bits + 0x7FFF + even) & 0xFFFF0000);
    return Float.isNaN(value) ? Float.NaN : rounded;
  }
}
