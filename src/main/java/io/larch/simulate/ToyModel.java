package io.larch.simulate;

import io.larch.model.Tensor;
import io.larch.random.RandomStream;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.LayerNorms.TensorNorms;
import io.larch.reduce.Slice;
import io.larch.reduce.Slice.Piece;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * What is trained in a simulation: three layers of four slices. A slice's state is one 64-bit
 * number. Each lane's gradient follows from it: a few floats of very different size, so that their
 * sum is a fingerprint of the order in which they were added. The next state follows from the
 * state, the bits of the sum, and the layer's ratio, which depends on all slices of the layer; so
 * whatever is missing, doubled, or added in another order shows in every later state.
 */
final class ToyModel {
  /** Floats in a slice. */
  static final int FLOATS = 16;

  private static final int OCTAVES = 16;

  /** In order of ids. */
  static final List<Slice> SLICES =
      List.of(slice(0, "a"), slice(1, "b"), slice(2, "b"), slice(3, "c"));

  private ToyModel() {}

  private static Slice slice(int id, String layer) {
    Tensor tensor = new Tensor(layer + id, layer, List.of(FLOATS), Tensor.Kind.WEIGHT, null);
    long from = (long) id * FLOATS;
    return new Slice(id, layer, false, from, FLOATS, List.of(new Piece(tensor, from, FLOATS)));
  }

  /** The slices of a layer, in order. */
  static List<Slice> layer(String name) {
    return SLICES.stream().filter(slice -> slice.layer().equals(name)).toList();
  }

  /** The layers' names, in order. */
  static List<String> layers() {
    return SLICES.stream().map(Slice::layer).distinct().toList();
  }

  /** State before the first step. */
  static long[] initial() {
    return new long[SLICES.size()];
  }

  /** A lane's gradient of a slice in this state. */
  static float[] gradient(long state, Slice slice, long step, int lane) {
    RandomStream stream = new RandomStream(state).at(slice.id()).at(step).at(lane);
    float[] gradient = new float[FLOATS];
    for (int i = 0; i < FLOATS; i++) {
      float size = (float) Math.scalb(1.0, stream.below(2L * i, OCTAVES));
      gradient[i] = (stream.uniform(2L * i + 1) - 0.5f) * size;
    }
    return gradient;
  }

  static Squares squares(long state, Slice slice, FloatBuffer sum) {
    double squares = 0;
    for (int i = 0; i < FLOATS; i++) {
      squares += (double) sum.get(i) * sum.get(i);
    }
    return new Squares(slice.id(), List.of((double) (state >>> 40)), List.of(squares));
  }

  static double ratio(List<TensorNorms> norms) {
    return norms.stream().mapToDouble(n -> (1 + n.weight()) / n.direction()).sum();
  }

  /** A slice's state after a step. */
  static long next(long state, FloatBuffer sum, double ratio) {
    RandomStream mixed = new RandomStream(state).at(Double.doubleToLongBits(ratio));
    for (int i = 0; i < FLOATS; i++) {
      mixed = mixed.at(Float.floatToIntBits(sum.get(i)));
    }
    return mixed.key();
  }
}
