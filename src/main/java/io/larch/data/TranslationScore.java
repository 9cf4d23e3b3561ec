package io.larch.data;

import io.larch.text.BleuCounts;

/** Compares translations of test pairs with their references. Safe for many threads. */
public interface TranslationScore {
  /**
   * What BLEU counts in a translation.
   *
   * @param pair index in the test corpus
   * @param words ids of the translation's subwords
   */
  BleuCounts of(int pair, int[] words);
}
