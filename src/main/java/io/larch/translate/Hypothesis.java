package io.larch.translate;

import java.util.List;

/**
 * A whole translation.
 *
 * @param words ids of subwords, without marks
 * @param logProbability sum over its words and the end mark
 * @param score by which translations of a sentence are compared
 */
public record Hypothesis(List<Integer> words, double logProbability, double score) {
  public Hypothesis {
    words = List.copyOf(words);
  }

  /** The words as an array. */
  public int[] ids() {
    return words.stream().mapToInt(Integer::intValue).toArray();
  }
}
