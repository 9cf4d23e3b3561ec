package io.larch.config;

/**
 * What Adam and LAMB are set by.
 *
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param epsilon added to the root of the second moment
 * @param biasCorrection whether the moments' beginning at 0 is made up for
 */
public record AdamSettings(double beta1, double beta2, double epsilon, boolean biasCorrection) {
  /** The settings of a run file that says nothing: those of Kingma and Ba (2015). */
  public static final AdamSettings DEFAULT = new AdamSettings(0.9, 0.999, 1e-8, true);
}
