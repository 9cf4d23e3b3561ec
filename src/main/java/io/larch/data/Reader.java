package io.larch.data;

import java.nio.FloatBuffer;

/**
 * A numbered sequence of samples, ready for a network. What stands at a position depends on the
 * position alone, never on who reads or in which pieces. Safe for many threads at once.
 */
public interface Reader {
  /**
   * Reads {@code count} consecutive samples.
   *
   * @param first position of the first of them
   * @param images receives normalised floats [count, C, H, W], row-major, from its index 0 on; its
   *     position does not move
   * @param labels receives the labels from its index 0 on
   */
  void read(long first, int count, FloatBuffer images, int[] labels);
}
