package io.larch.data;

import io.larch.text.Vocabulary;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A micro-batch of N sentence pairs, padded to one bucket's shape; all arrays are row-major, a row
 * a pair. With x₁ … x_m the ids of a source sentence and y₁ … y_n those of its translation, its row
 * is
 *
 * <pre>
 *   source   x₁ … x_m END PADDING …      sourceLengths  m + 1
 *   target   BEGIN y₁ … y_n PADDING …    targetLengths  n + 1
 *   labels   y₁ … y_n END −1 …
 * </pre>
 *
 * so the label at a position is what a decoder should say after the target up to there. A row
 * without a pair is blank: its source is END alone, its target BEGIN alone, and all its labels are
 * −1, weight 0.
 */
public final class PairBatch {
  private final long first;
  private final Bucket bucket;
  private final int[] pairs;
  private final int[] source;
  private final int[] sourceLengths;
  private final int[] target;
  private final int[] labels;
  private final int[] targetLengths;

  /** Pads the pairs of these indices; −1 makes a blank row. */
  PairBatch(SentencePairs corpus, int[] pairs, Bucket bucket, long first) {
    this.first = first;
    this.bucket = bucket;
    this.pairs = pairs;
    source = new int[pairs.length * bucket.source()];
    sourceLengths = new int[pairs.length];
    target = new int[pairs.length * bucket.target()];
    labels = new int[pairs.length * bucket.target()];
    targetLengths = new int[pairs.length];
    Arrays.fill(labels, Labels.WEIGHTLESS);
    for (int row = 0; row < pairs.length; row++) {
      fill(corpus, row);
    }
  }

  /** A micro-batch of these pairs, ids of subwords without marks, in their order. */
  public static PairBatch of(int[][] sources, int[][] targets, Bucket bucket, long first) {
    int[] all = IntStream.range(0, sources.length).toArray();
    return new PairBatch(new SentencePairs(sources, targets), all, bucket, first);
  }

  private void fill(SentencePairs corpus, int row) {
    boolean blank = pairs[row] < 0;
    int[] words = blank ? new int[0] : corpus.source(pairs[row]);
    int[] translation = blank ? new int[0] : corpus.target(pairs[row]);
    fillSource(row, words);
    fillTarget(row, translation);
    if (!blank) {
      int at = row * bucket.target();
      System.arraycopy(translation, 0, labels, at, translation.length);
      labels[at + translation.length] = Vocabulary.END;
    }
  }

  private void fillSource(int row, int[] words) {
    int at = row * bucket.source();
    System.arraycopy(words, 0, source, at, words.length);
    source[at + words.length] = Vocabulary.END;
    sourceLengths[row] = words.length + 1;
  }

  private void fillTarget(int row, int[] words) {
    int at = row * bucket.target();
    target[at] = Vocabulary.BEGIN;
    System.arraycopy(words, 0, target, at + 1, words.length);
    targetLengths[row] = words.length + 1;
  }

  /** Position of the first row in its sequence, a multiple of N. */
  public long first() {
    return first;
  }

  /** The shape (S, T). */
  public Bucket bucket() {
    return bucket;
  }

  /** Number of rows N, blank ones included. */
  public int count() {
    return pairs.length;
  }

  /** [N], index of each row's pair in its corpus; −1 for a blank row. */
  public int[] pairs() {
    return pairs;
  }

  /** Ids of the source sentences of the pairs, blank rows left out, without marks. */
  public int[][] sentences() {
    int[][] sentences = new int[(int) Arrays.stream(pairs).filter(pair -> pair >= 0).count()][];
    for (int row = 0; row < sentences.length; row++) {
      int from = row * bucket.source();
      sentences[row] = Arrays.copyOfRange(source, from, from + sourceLengths[row] - 1);
    }
    return sentences;
  }

  /** [N, S]. */
  public int[] source() {
    return source;
  }

  /** [N], at least 1. */
  public int[] sourceLengths() {
    return sourceLengths;
  }

  /** [N, T]. */
  public int[] target() {
    return target;
  }

  /** [N, T], {@link Labels#WEIGHTLESS} where there is nothing to say. */
  public int[] labels() {
    return labels;
  }

  /** [N], at least 1. */
  public int[] targetLengths() {
    return targetLengths;
  }

  /** Labels that have weight: words and end marks of the translations. */
  public int targetTokens() {
    return (int) Arrays.stream(labels).filter(label -> label != Labels.WEIGHTLESS).count();
  }
}
