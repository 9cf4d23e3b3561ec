package io.larch.config;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Which update rule.
 *
 * @param name {@code lars}, {@code lamb}, {@code adam} or {@code sgd}
 * @param nesterov of SGD
 * @param trustCoefficient η of LARS
 * @param form whether the learning rate is inside or outside the momentum
 * @param clip LARC: the local rate never exceeds the schedule's
 * @param exclude what is neither adapted nor, unless {@code decayExcluded}, decayed
 * @param excludePatterns name patterns with {@code *}, for {@link Exclude#PATTERNS}
 * @param excludedRatio the fixed ratio of tensors excluded from LARS or LAMB
 * @param decayExcluded whether excluded tensors keep their weight decay
 * @param adam of Adam and LAMB
 * @param clipNorm the most that the norm of the whole mean gradient may be; empty for no limit
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
    boolean decayExcluded,
    AdamSettings adam,
    OptionalDouble clipNorm) {

  public OptimizerSettings {
    excludePatterns = List.copyOf(excludePatterns);
  }

  /** The moments as by default, and no limit for the gradient. */
  public OptimizerSettings(
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
    this(
        name,
        momentum,
        nesterov,
        weightDecay,
        trustCoefficient,
        epsilon,
        form,
        clip,
        exclude,
        excludePatterns,
        excludedRatio,
        decayExcluded,
        AdamSettings.DEFAULT,
        OptionalDouble.empty());
  }

  /** Whether the rule is set by {@link #adam}. */
  public boolean hasMoments() {
    return name.equals("adam") || name.equals("lamb");
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
