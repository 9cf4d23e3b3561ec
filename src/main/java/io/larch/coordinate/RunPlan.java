package io.larch.coordinate;

import io.larch.observe.Event;
import io.larch.observe.LaneSamples;
import io.larch.reduce.Slice;
import io.larch.reduce.Timetable;
import java.util.List;
import java.util.function.LongToDoubleFunction;

/**
 * What a leader must know of a run.
 *
 * @param rate the learning rate of a step
 * @param testBatches of the test set; 0 if there is none
 * @param slices of the state, in order of their ids
 * @param hasNoise whether the gradient's noise can be told: several lanes, and an optimizer that
 *     reports norms of the gradient as it is
 */
public record RunPlan(
    Timetable timetable,
    LongToDoubleFunction rate,
    int lanes,
    int testBatches,
    List<Slice> slices,
    boolean hasNoise) {
  private static final int NOISE_STEPS = 10;

  /** Whether lanes measure their gradients in a step: in every tenth of which layers are told. */
  public boolean measuresNoise(long step) {
    return hasNoise && step % NOISE_STEPS == 0 && Event.Layers.isToldOf(step);
  }

  /** Whether the noise is told of a measured step: nine times until ten times as many steps. */
  boolean tellsNoise(long step) {
    long every = NOISE_STEPS;
    while (step >= every * NOISE_STEPS) {
      every *= NOISE_STEPS;
    }
    return step % every == 0;
  }

  /** The samples in some lanes of a step. */
  List<LaneSamples> samples(long step, List<Integer> some) {
    long first = (step - 1) * timetable.globalBatch();
    long each = timetable.globalBatch() / lanes;
    return some.stream()
        .map(lane -> new LaneSamples(lane, first + lane * each, first + (lane + 1) * each))
        .toList();
  }
}
