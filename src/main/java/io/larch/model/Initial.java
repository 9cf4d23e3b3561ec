package io.larch.model;

import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;

/** The state of a network before the first step. */
public final class Initial {
  private Initial() {}

  /** Writes a tensor's first values, row-major, from the buffer's position on. */
  public static void fill(Tensor tensor, long seed, FloatBuffer values) {
    RandomStream stream = RandomStream.of(seed, Purpose.INITIALISATION).named(tensor.name());
    int from = values.position();
    int size = tensor.size();
    for (int i = 0; i < size; i++) {
      values.put(from + i, tensor.initializer().value(stream, i));
    }
  }
}
