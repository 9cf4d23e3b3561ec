package io.larch.coordinate;

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
    List<Slice> slices) {}
