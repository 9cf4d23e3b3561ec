package io.larch.observe;

/**
 * What an optimizer saw of one tensor in one step.
 *
 * @param tensor its name
 * @param weight norm of the weights before the update
 * @param gradient norm of the gradient, the mean over the global batch, or of the direction where
 *     the optimizer makes one of it (Adam, LAMB)
 * @param ratio the trust ratio that was applied
 */
public record TensorFigures(String tensor, double weight, double gradient, double ratio) {}
