package io.larch.optim;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Walks one piece of one tensor through the update, in short arrays that stay in the processor's
 * cache. Every value is computed from the values at its own place alone, so the result has the same
 * bits however a tensor is cut into pieces. Plain Java arithmetic on floats is strict: the bits are
 * the same on every machine too.
 *
 * <p>All buffers of a call cover the same piece, from index 0 to their limit. An instance owns
 * scratch memory and is used by one thread at a time.
 */
public final class SliceUpdate {
  /** Long enough to stream from memory, short enough that the scratch stays in a core's cache. */
  private static final int CHUNK = 8192;

  /**
   * A piece of the weights and of each optimizer buffer, in the order of {@link Optimizer#buffers}.
   */
  public record State(FloatBuffer weights, List<FloatBuffer> buffers) {}

  private final Optimizer optimizer;
  private final float[] gradient = new float[CHUNK];
  private final float[] weights = new float[CHUNK];
  private final float[][] buffers;

  public SliceUpdate(Optimizer optimizer) {
    this.optimizer = optimizer;
    this.buffers = new float[optimizer.buffers().size()][CHUNK];
  }

  /**
   * Computes the staged state from the committed one.
   *
   * @param sum the gradient summed over the global batch, not changed
   */
  public void update(FloatBuffer sum, State committed, State staged, Scalars scalars) {
    int size = sized(sum, committed, staged);
    for (int from = 0; from < size; from += CHUNK) {
      int count = Math.min(CHUNK, size - from);
      load(committed, from, count);
      loadMean(sum, from, count, scalars);
      optimizer.update(gradient, weights, buffers, count, scalars);
      store(staged, from, count);
    }
  }

  /**
   * The sum of squares of an optimizer's direction, formed from the committed state.
   *
   * @param sum the gradient summed over the global batch, not changed
   */
  public double directionSquares(
      Optimizer.Direction direction, FloatBuffer sum, State committed, Scalars scalars) {
    double squares = 0;
    for (int from = 0; from < sum.limit(); from += CHUNK) {
      int count = Math.min(CHUNK, sum.limit() - from);
      load(committed, from, count);
      loadMean(sum, from, count, scalars);
      direction.form(gradient, weights, buffers, count, scalars);
      squares = Norms.addSquares(squares, FloatBuffer.wrap(gradient).slice(0, count));
    }
    return squares;
  }

  /**
   * Moves a running statistic: r ← decay·r + (1 − decay)·sum / count.
   *
   * @param sum of the statistic over all micro-batches of the step
   * @param count number of these micro-batches
   */
  public static void moveStatistic(
      FloatBuffer sum, FloatBuffer committed, FloatBuffer staged, double decay, long count) {
    float keep = (float) decay;
    float take = (float) ((1 - decay) / count);
    for (int i = 0; i < sum.limit(); i++) {
      staged.put(i, keep * committed.get(i) + take * sum.get(i));
    }
  }

  private void loadMean(FloatBuffer sum, int from, int count, Scalars scalars) {
    float inverse = (float) (1 / scalars.divisor());
    sum.get(from, gradient, 0, count);
    for (int i = 0; i < count; i++) {
      gradient[i] = gradient[i] * inverse;
    }
  }

  private void load(State state, int from, int count) {
    state.weights().get(from, weights, 0, count);
    for (int b = 0; b < buffers.length; b++) {
      state.buffers().get(b).get(from, buffers[b], 0, count);
    }
  }

  private void store(State state, int from, int count) {
    state.weights().put(from, weights, 0, count);
    for (int b = 0; b < buffers.length; b++) {
      state.buffers().get(b).put(from, buffers[b], 0, count);
    }
  }

  private static int sized(FloatBuffer piece, State one, State other) {
    int size = piece.limit();
    if (one.weights().limit() != size || other.weights().limit() != size) {
      throw new IllegalArgumentException(
          "pieces of different lengths: "
              + List.of(size, one.weights().limit(), other.weights().limit()));
    }
    return size;
  }
}
