package io.larch.config;

import java.util.List;

/**
 * Which update rule.
 *
 * @param name {@code lars} or {@code sgd}
 * @param nesterov of SGD
 * @param trustCoefficient η of LARS
 * @param form whether the learning rate is inside or outside the momentum
 * @param clip LARC: the local rate never exceeds the schedule's
 * @param exclude what is neither adapted nor, unless {@code decayExcluded}, decayed
 * @param excludePatterns name patterns with {@code *}, for {@link Exclude#PATTERNS}
 * @param excludedRatio the fixed ratio of tensors excluded from LARS
 * @param decayExcluded whether excluded tensors keep their weight decay
 */
public record OptimizerSettings(
    String name,
    double momentum,
    boolean nesterov,
    double weightDecay,
    double trustCoefficient,
    double epsilon,
    Form form,
    boolean clip,
    Exclude exclude,
    List<String> excludePatterns,
    double excludedRatio,
    boolean decayExcluded) {

  public OptimizerSettings {
    excludePatterns = List.copyOf(excludePatterns);
  }

  /** Where the learning rate stands. */
  public enum Form {
    INSIDE,
    OUTSIDE
  }

  /** Which tensors are excluded from adaptation. */
  public enum Exclude {
    NONE,
    MLPERF,
    PATTERNS
  }
}
