package io.larch.optim;

/**
 * The effective settings of one tensor.
 *
 * @param adapted whether the trust ratio is computed from norms
 * @param fixedRatio the ratio used when not adapted
 * @param weightDecay its weight decay, 0 when excluded from it
 */
public record TensorRule(boolean adapted, double fixedRatio, double weightDecay) {}
