package io.larch.coordinate;

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
 */
public record RunPlan(
    Timetable timetable,
    LongToDoubleFunction rate,
    int lanes,
    int testBatches,
    List<Slice> slices) {
  /** The samples in some lanes of a step. */
  List<LaneSamples> samples(long step, List<Integer> some) {
    long first = (step - 1) * timetable.globalBatch();
    long each = timetable.globalBatch() / lanes;
    return some.stream()
        .map(lane -> new LaneSamples(lane, first + lane * each, first + (lane + 1) * each))
        .toList();
  }
}
