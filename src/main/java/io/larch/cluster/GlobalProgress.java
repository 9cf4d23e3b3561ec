package io.larch.cluster;

import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.Slice;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * How far the decision over all layers of the step in flight is on this node. Until it is made
 * whole sums wait here; in a run that needs none it is made from the beginning.
 */
final class GlobalProgress {
  /** What becomes of the step. */
  enum Decision {
    PENDING,
    APPLY,
    SKIP
  }

  private final int rooted;
  private final List<Squares> squares = new ArrayList<>();
  private final Map<Slice, FloatBuffer> parked = new TreeMap<>(LayerProgress.BY_ID);
  private boolean asked;
  private Decision decision;
  private double factor = 1;

  private GlobalProgress(int rooted, Decision decision) {
    this.rooted = rooted;
    this.decision = decision;
  }

  /** Of a run in which every step is applied as it is. */
  static GlobalProgress decided() {
    return new GlobalProgress(0, Decision.APPLY);
  }

  /**
   * Of a step that is to be decided on.
   *
   * @param rooted trained slices that this node is the root of
   */
  static GlobalProgress pending(int rooted) {
    return new GlobalProgress(rooted, Decision.PENDING);
  }

  /** The gradient of a slice that has its root here, and perhaps its weights. */
  void measured(Squares ofSlice) {
    squares.add(ofSlice);
  }

  /** Whether all that is to be reported is known; true once. */
  boolean isToBeAsked() {
    boolean now = isPending() && !asked && squares.size() == rooted;
    asked |= now;
    return now;
  }

  boolean isPending() {
    return decision == Decision.PENDING;
  }

  List<Squares> squares() {
    return List.copyOf(squares);
  }

  /** A whole sum waits for the decision. */
  void park(Slice slice, FloatBuffer values) {
    parked.put(slice, values);
  }

  void decide(Decision made, double ofGradient) {
    decision = made;
    factor = ofGradient;
  }

  Decision decision() {
    return decision;
  }

  /** What the mean gradient is multiplied by. */
  double factor() {
    return factor;
  }

  /** Goes on with what has waited. */
  void release(BiConsumer<Slice, FloatBuffer> then) {
    parked.forEach(then);
    parked.clear();
  }
}
