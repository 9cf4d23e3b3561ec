package io.larch.coordinate;

import io.larch.compute.Outcome;

/** What a lane's samples said. */
public record LaneOutcome(int lane, Outcome outcome) {}
