package io.larch.reduce;

import java.nio.FloatBuffer;

/** Some f32 values in a row, wherever they lie and however they are written there. */
public interface Values {
  int count();

  /** Copies {@code count} of them, from {@code from} on, to the beginning of an array. */
  void load(int from, float[] into, int count);

  /** Copies all of them to those of a buffer from {@code first} on. */
  void copyTo(FloatBuffer into, int first);

  /** All values of a buffer, from index 0 to its capacity. */
  static Values of(FloatBuffer buffer) {
    return new Values() {
      @Override
      public int count() {
        return buffer.capacity();
      }

      @Override
      public void load(int from, float[] into, int count) {
        buffer.get(from, into, 0, count);
      }

      @Override
      public void copyTo(FloatBuffer into, int first) {
        into.put(first, buffer, 0, count());
      }
    };
  }
}
