package io.larch.optim;

/**
 * The numbers of one tensor's update in one step.
 *
 * @param learningRate of the schedule
 * @param ratio trust ratio
 * @param weightDecay of the tensor
 * @param divisor what a summed gradient is divided by to be the mean: samples of the global batch,
 *     or the labels in it
 * @param step counted from 1
 */
public record Scalars(
    double learningRate, double ratio, double weightDecay, double divisor, long step) {}
