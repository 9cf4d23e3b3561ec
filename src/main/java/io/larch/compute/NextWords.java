package io.larch.compute;

import java.nio.FloatBuffer;

/**
 * Says how likely each word is to be the next of a translation. It works on several sentences and,
 * of each, on several beginnings of translations side by side: row {@code n·beam + b} is beginning
 * b of sentence n. Buffers are valid until the next call.
 */
public interface NextWords {
  /** Sentences that are worked on together. */
  int sentences();

  /** Rows of each sentence. */
  int beam();

  /** Size of the vocabulary K. */
  int words();

  /** Words of the longest sentence that may be read, its end mark counted. */
  int longest();

  /**
   * Reads sentences, at most {@link #sentences}; every row begins anew.
   *
   * @param sources ids of subwords without marks
   */
  void read(int[][] sources);

  /**
   * Goes on: row r becomes what row {@code rows[r]} was, with {@code words[r]} behind it; first of
   * all the mark of the beginning.
   */
  void say(int[] rows, int[] words);

  /** Log-probabilities of what comes next, [rows, K]. */
  FloatBuffer next();

  /**
   * How much the word that comes next attends to each source word, [rows, {@link #longest}]: adds
   * up to 1 over the sentence, 0 behind its end.
   */
  FloatBuffer attention();
}
