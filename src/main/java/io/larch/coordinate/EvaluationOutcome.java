package io.larch.coordinate;

import io.larch.compute.Outcome;
import java.util.List;

/** A share of the test set on one device: an outcome a batch, in order. */
public record EvaluationOutcome(List<Outcome> batches, long dataWaitNs) {}
