package io.larch.config;

/**
 * When the test set is evaluated, and how translations are searched for in it.
 *
 * @param everyEpochs 0 for only at the end
 * @param atEnd whether to evaluate after the last step
 * @param beam of translations
 */
public record EvaluateSettings(double everyEpochs, boolean atEnd, BeamSettings beam) {}
