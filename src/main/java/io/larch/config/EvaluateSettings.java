package io.larch.config;

/**
 * When the test set is evaluated.
 *
 * @param everyEpochs 0 for only at the end
 * @param atEnd whether to evaluate after the last step
 */
public record EvaluateSettings(double everyEpochs, boolean atEnd) {}
