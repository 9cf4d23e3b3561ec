package io.larch.simulate;

import io.larch.reduce.LayerNorms;
import io.larch.reduce.Slice;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** The states of a run that nothing disturbs, computed straight from the definition. */
final class Truth {
  private final int lanes;
  private final List<long[]> states = new ArrayList<>(List.of(ToyModel.initial()));

  Truth(int lanes) {
    this.lanes = lanes;
  }

  /** All slices' states after a step. */
  long[] after(long step) {
    while (states.size() <= step) {
      states.add(next(states.size()));
    }
    return states.get((int) step);
  }

  private long[] next(int step) {
    long[] before = states.get(step - 1);
    long[] next = new long[before.length];
    for (String layer : ToyModel.layers()) {
      List<Slice> slices = ToyModel.layer(layer);
      LayerNorms norms = new LayerNorms(slices);
      FloatBuffer[] sums = new FloatBuffer[before.length];
      for (Slice slice : slices) {
        sums[slice.id()] = FloatBuffer.wrap(sum(before[slice.id()], slice, step, 0, lanes));
        norms.report(ToyModel.squares(before[slice.id()], slice, sums[slice.id()]));
      }
      double ratio = ToyModel.ratio(norms.all().orElseThrow());
      slices.forEach(s -> next[s.id()] = ToyModel.next(before[s.id()], sums[s.id()], ratio));
    }
    return next;
  }

  /** Over lanes [from, to): of both halves, the left first. */
  private static float[] sum(long state, Slice slice, long step, int from, int to) {
    if (to - from == 1) {
      return ToyModel.gradient(state, slice, step, from);
    }
    float[] left = sum(state, slice, step, from, (from + to) / 2);
    float[] right = sum(state, slice, step, (from + to) / 2, to);
    for (int i = 0; i < left.length; i++) {
      left[i] += right[i];
    }
    return left;
  }
}
