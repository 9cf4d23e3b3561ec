package io.larch.translate;

import io.larch.config.BeamSettings;

/**
 * How whole translations Y of a sentence X are compared (Wu et al., "Google's neural machine
 * translation system", 2016, section 7):
 *
 * <pre>
 *   s(Y, X) = log P(Y|X) / lp(Y) + cp(X, Y)
 *   lp(Y)   = ((5 + |Y|) / 6)^α
 *   cp      = β · Σ_i log min(1, Σ_j p_ij)
 * </pre>
 *
 * where |Y| counts words and the end mark, and p_ij is how much word j of the translation attends
 * to word i of the source; both sums include end marks.
 */
record Score(double alpha, double beta) {
  static Score of(BeamSettings settings) {
    return new Score(settings.lengthPenalty(), settings.coveragePenalty());
  }

  /**
   * The score of a translation of {@code length} words.
   *
   * @param coverage Σ_j p_ij of each source word
   */
  double of(double log, int length, double[] coverage) {
    return atMost(log, length) + (beta == 0 ? 0 : beta * covered(coverage));
  }

  /** What no translation of so many words scores more than. */
  double atMost(double log, int length) {
    return log / Math.pow((5.0 + length) / 6, alpha);
  }

  private static double covered(double[] coverage) {
    double sum = 0;
    for (double each : coverage) {
      sum += Math.log(Math.min(1, each));
    }
    return sum;
  }
}
