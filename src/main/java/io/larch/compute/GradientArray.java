package io.larch.compute;

import java.nio.FloatBuffer;
import java.util.Arrays;

/** The gradient of a small tensor that loops of our own sum up. */
final class GradientArray {
  private final FlatTensor place;
  private final float[] values;

  GradientArray(ProgramBuilder program, String tensor) {
    place = new FlatTensor(program.place(tensor));
    values = new float[program.place(tensor).size()];
  }

  /** The sums so far; who has them may add. */
  float[] values() {
    return values;
  }

  void clear() {
    Arrays.fill(values, 0);
  }

  /** Writes the sums to their place in the call's gradient, or adds them. */
  void store(Call call) {
    FloatBuffer to = place.in(call.gradient);
    for (int i = 0; i < values.length; i++) {
      to.put(i, call.accumulate ? to.get(i) + values[i] : values[i]);
    }
  }
}
