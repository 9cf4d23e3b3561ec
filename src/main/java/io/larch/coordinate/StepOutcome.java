package io.larch.coordinate;

import java.util.List;

/** A step's outcome on one device. */
public record StepOutcome(List<LaneOutcome> lanes, long dataWaitNs, Laps laps) {}
