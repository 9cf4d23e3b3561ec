package io.larch.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What {@link Bleu} counts in translations. Counts of parts of a corpus add up to those of the
 * whole, in any order. Entry n − 1 of a list is about n-grams.
 *
 * @param right n-grams of the translations that the references have too
 * @param all n-grams of the translations
 * @param hypothesisLength words of the translations
 * @param referenceLength words of the references
 */
public record BleuCounts(
    List<Long> right, List<Long> all, long hypothesisLength, long referenceLength) {
  /** Of no translations. */
  public static final BleuCounts NONE =
      new BleuCounts(List.of(0L, 0L, 0L, 0L), List.of(0L, 0L, 0L, 0L), 0, 0);

  private static final int ORDERS = 4;

  public BleuCounts {
    right = List.copyOf(right);
    all = List.copyOf(all);
  }

  /** Of one translation. */
  public static BleuCounts of(String hypothesis, String reference) {
    return of(ScoringWords.of(hypothesis), ScoringWords.of(reference));
  }

  private static BleuCounts of(List<String> hypothesis, List<String> reference) {
    return new BleuCounts(
        orders().mapToObj(n -> right(hypothesis, reference, n)).toList(),
        orders().mapToObj(n -> Math.max(0L, hypothesis.size() - n + 1)).toList(),
        hypothesis.size(),
        reference.size());
  }

  private static IntStream orders() {
    return IntStream.rangeClosed(1, ORDERS);
  }

  private static long right(List<String> hypothesis, List<String> reference, int n) {
    Map<List<String>, Integer> there = grams(reference, n);
    long right = 0;
    for (Map.Entry<List<String>, Integer> gram : grams(hypothesis, n).entrySet()) {
      right += Math.min(gram.getValue(), there.getOrDefault(gram.getKey(), 0));
    }
    return right;
  }

  private static Map<List<String>, Integer> grams(List<String> words, int n) {
    Map<List<String>, Integer> grams = new HashMap<>();
    for (int i = 0; i + n <= words.size(); i++) {
      grams.merge(words.subList(i, i + n), 1, Integer::sum);
    }
    return grams;
  }

  /** Those of both. */
  public BleuCounts plus(BleuCounts other) {
    return new BleuCounts(
        sum(right, other.right),
        sum(all, other.all),
        hypothesisLength + other.hypothesisLength,
        referenceLength + other.referenceLength);
  }

  private static List<Long> sum(List<Long> a, List<Long> b) {
    return IntStream.range(0, ORDERS).mapToObj(i -> a.get(i) + b.get(i)).toList();
  }

  /** The score. */
  public Bleu score() {
    List<Double> precisions = precisions();
    double penalty = penalty();
    double logs = precisions.stream().mapToDouble(Math::log).sum();
    return new Bleu(
        penalty * Math.exp(logs / ORDERS), precisions, penalty, hypothesisLength, referenceLength);
  }

  /** All 0 without a single right word; 0 for orders of which there are no n-grams. */
  private List<Double> precisions() {
    Double[] precisions = {0.0, 0.0, 0.0, 0.0};
    double smoothing = 1;
    for (int n = 0; n < ORDERS && right.get(0) > 0 && all.get(n) > 0; n++) {
      if (right.get(n) == 0) {
        smoothing *= 2;
      }
      precisions[n] = 100 * (right.get(n) == 0 ? 1 / smoothing : right.get(n)) / all.get(n);
    }
    return List.of(precisions);
  }

  private double penalty() {
    if (hypothesisLength >= referenceLength) {
      return 1;
    }
    return hypothesisLength == 0 ? 0 : Math.exp(1 - (double) referenceLength / hypothesisLength);
  }
}
