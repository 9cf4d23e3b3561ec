package io.larch.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

  private static final int ORDERS = 4;

  public Bleu {
    precisions = List.copyOf(precisions);
  }

  /** Scores translations; sentence {@code i} of both lists belong together. */
  public static Bleu of(List<String> hypotheses, List<String> references) {
    if (hypotheses.size() != references.size()) {
      throw new IllegalArgumentException(
          hypotheses.size() + " translations and " + references.size() + " references");
    }
    Counts counts = new Counts();
    for (int i = 0; i < hypotheses.size(); i++) {
      counts.add(ScoringWords.of(hypotheses.get(i)), ScoringWords.of(references.get(i)));
    }
    return counts.score();
  }

  /** What is counted over all sentences; entry n − 1 is about n-grams. */
  private static final class Counts {
    private final long[] right = new long[ORDERS];
    private final long[] all = new long[ORDERS];
    private long hypothesisLength;
    private long referenceLength;

    void add(List<String> hypothesis, List<String> reference) {
      hypothesisLength += hypothesis.size();
      referenceLength += reference.size();
      for (int n = 1; n <= ORDERS; n++) {
        Map<List<String>, Integer> there = grams(reference, n);
        all[n - 1] += Math.max(0, hypothesis.size() - n + 1);
        for (Map.Entry<List<String>, Integer> gram : grams(hypothesis, n).entrySet()) {
          right[n - 1] += Math.min(gram.getValue(), there.getOrDefault(gram.getKey(), 0));
        }
      }
    }

    private static Map<List<String>, Integer> grams(List<String> words, int n) {
      Map<List<String>, Integer> grams = new HashMap<>();
      for (int i = 0; i + n <= words.size(); i++) {
        grams.merge(words.subList(i, i + n), 1, Integer::sum);
      }
      return grams;
    }

    Bleu score() {
      double[] precisions = precisions();
      double penalty = penalty();
      double logs = 0;
      for (double precision : precisions) {
        logs += Math.log(precision);
      }
      return new Bleu(
          penalty * Math.exp(logs / ORDERS),
          Arrays.stream(precisions).boxed().toList(),
          penalty,
          hypothesisLength,
          referenceLength);
    }

    /** All 0 without a single right word; 0 for orders of which there are no n-grams. */
    private double[] precisions() {
      double[] precisions = new double[ORDERS];
      double smoothing = 1;
      for (int n = 0; n < ORDERS && right[0] > 0 && all[n] > 0; n++) {
        if (right[n] == 0) {
          smoothing *= 2;
        }
        precisions[n] = 100 * (right[n] == 0 ? 1 / smoothing : right[n]) / all[n];
      }
      return precisions;
    }

    private double penalty() {
      if (hypothesisLength >= referenceLength) {
        return 1;
      }
      return hypothesisLength == 0 ? 0 : Math.exp(1 - (double) referenceLength / hypothesisLength);
    }
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
