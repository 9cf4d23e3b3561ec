package io.larch.cluster;

import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.Slice;
import java.nio.FloatBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How far one layer of the step in flight is on this node. */
final class LayerProgress {
  static final Comparator<Slice> BY_ID = Comparator.comparingInt(Slice::id);

  /** Sums that wait for the layer's trust ratios, by slice. */
  final Map<Slice, FloatBuffer> waiting = new TreeMap<>(BY_ID);

  /** What this node, as the root of slices, has to report. */
  final Map<Slice, Squares> squares = new TreeMap<>(BY_ID);

  /** When the first part of it was finished here. */
  final long beganNs = System.nanoTime();

  private final int rooted;
  private int unstaged;
  private int unsent;
  List<Double> ratios;

  /**
   * @param rooted trained slices that this node is the root of
   * @param slices of the layer
   */
  LayerProgress(int rooted, int slices) {
    this.rooted = rooted;
    unstaged = slices;
    unsent = slices;
  }

  /** Whether all that is to be reported is known. */
  boolean isMeasured() {
    return squares.size() == rooted;
  }

  void staged() {
    unstaged--;
  }

  void handedOn() {
    unsent--;
  }

  /** Whether every slice is staged here and handed on to whom it must be. */
  boolean isComplete() {
    return unstaged == 0 && unsent == 0;
  }
}
