package io.larch.cluster;

/**
 * What became of an order to the cluster.
 *
 * @param accepted false if a submitted run found another in its way, or there was none to stop
 * @param run the run in progress; null if there is none
 */
public record SubmitAnswer(boolean accepted, String run) implements Remote {}
