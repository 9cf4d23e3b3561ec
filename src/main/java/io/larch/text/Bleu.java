package io.larch.text;

import java.util.List;
import java.util.Locale;

/**
 * How like translations are to references: BLEU over a corpus with one reference each (Papineni et
 * al., "BLEU: a method for automatic evaluation of machine translation", ACL 2002), as sacreBLEU
 * computes it by default (Post, "A call for clarity in reporting BLEU scores", WMT 2018): words by
 * tokenisation 13a with case, n-grams up to 4, and where an order has n-grams but none is right,
 * its precision is 1 / (2ᵏ · n-grams) for the k-th such order.
 *
 * <pre>
 *   BLEU = 100 · brevity penalty · (p₁·p₂·p₃·p₄)^¼     brevity penalty = min(1, exp(1 − r / h))
 * </pre>
 *
 * with h words in the translations and r in the references.
 *
 * @param score 0 to 100
 * @param precisions in percent, of n-grams of 1 to 4 words
 * @param hypothesisLength h
 * @param referenceLength r
 */
public record Bleu(
    double score,
    List<Double> precisions,
    double brevityPenalty,
    long hypothesisLength,
    long referenceLength) {
  /** What was computed, in sacreBLEU's terms. */
  public static final String SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp";

  public Bleu {
    precisions = List.copyOf(precisions);
  }

  /** Scores translations; sentence {@code i} of both lists belong together. */
  public static Bleu of(List<String> hypotheses, List<String> references) {
    if (hypotheses.size() != references.size()) {
      throw new IllegalArgumentException(
          hypotheses.size() + " translations and " + references.size() + " references");
    }
    BleuCounts counts = BleuCounts.NONE;
    for (int i = 0; i < hypotheses.size(); i++) {
      counts = counts.plus(BleuCounts.of(hypotheses.get(i), references.get(i)));
    }
    return counts.score();
  }

  /** The line that sacreBLEU prints. */
  @Override
  public String toString() {
    double ratio = referenceLength == 0 ? 0 : (double) hypothesisLength / referenceLength;
    return String.format(
        Locale.ROOT,
        "BLEU = %.2f %.1f/%.1f/%.1f/%.1f (BP = %.3f ratio = %.3f hyp_len = %d ref_len = %d)",
        score,
        precisions.get(0),
        precisions.get(1),
        precisions.get(2),
        precisions.get(3),
        brevityPenalty,
        ratio,
        hypothesisLength,
        referenceLength);
  }
}
