package io.larch.config;

/**
 * When checkpoints are written, into the run's output folder.
 *
 * @param everyEpochs 0 for only at the end
 * @param everySteps 0 for none by steps
 * @param keep how many of the last are kept
 */
public record CheckpointSettings(double everyEpochs, long everySteps, int keep) {}
