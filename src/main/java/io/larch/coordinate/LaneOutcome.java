package io.larch.coordinate;

import io.larch.compute.Outcome;

/**
 * What a lane's samples said.
 *
 * @param gradientSquares sum of squares of the gradient, itself a sum over the lane's samples; 0 in
 *     a step in which it is not measured
 */
public record LaneOutcome(int lane, Outcome outcome, double gradientSquares) {}
