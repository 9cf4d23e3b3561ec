package io.larch.optim;

/**
 * The numbers of one tensor's update in one step.
 *
 * @param learningRate of the schedule
 * @param ratio trust ratio
 * @param weightDecay of the tensor
 * @param step counted from 1
 */
public record Scalars(double learningRate, double ratio, double weightDecay, long step) {}
