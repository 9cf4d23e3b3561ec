package io.larch.checkpoint;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * A tensor as a checkpoint knows it: values to be written, or room for values to be read.
 *
 * @param name unique in its file
 * @param shape extents, row-major
 * @param values one for each element; position and limit are never moved
 */
public record NamedTensor(String name, List<Integer> shape, FloatBuffer values) {
  public NamedTensor {
    shape = List.copyOf(shape);
    long elements = elements(shape);
    if (elements != values.remaining()) {
      throw new IllegalArgumentException(
          name + ": shape " + shape + " has " + elements + " elements, not " + values.remaining());
    }
  }

  static long elements(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  long bytes() {
    return (long) values.remaining() * Float.BYTES;
  }
}
