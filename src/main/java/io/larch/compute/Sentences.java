package io.larch.compute;

import io.larch.data.Bucket;
import io.larch.data.Labels;
import io.larch.data.PairBatch;
import java.util.Arrays;

/**
 * The pairs of a micro-batch as programs read them, step by step: row t·N + n is word t of pair n.
 * There are at least two steps, as a gradient from one step to the next is part of each program.
 *
 * @param source words, [S·N]
 * @param lengths of the source sentences, [N], from 1 to S
 * @param target words that the decoder has before it says the next, [T·N]
 * @param labels words that it should say, [T·N], {@link Labels#WEIGHTLESS} for none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Sentences(int[] source, int[] lengths, int[] target, int[] labels) {
  /** Room for N pairs of a shape. */
  static Sentences room(int samples, Bucket bucket) {
    int sourceSteps = Math.max(2, bucket.source());
    int targetSteps = Math.max(2, bucket.target());
    int[] labels = new int[samples * targetSteps];
    Arrays.fill(labels, Labels.WEIGHTLESS);
    return new Sentences(
        new int[samples * sourceSteps], new int[samples], new int[samples * targetSteps], labels);
  }

  int sourceSteps() {
    return source.length / lengths.length;
  }

  int targetSteps() {
    return target.length / lengths.length;
  }

  void fill(PairBatch pairs) {
    turn(pairs.source(), source);
    turn(pairs.target(), target);
    turn(pairs.labels(), labels);
    System.arraycopy(pairs.sourceLengths(), 0, lengths, 0, lengths.length);
  }

  /** From a row for each pair to a row for each step. */
  private void turn(int[] byPair, int[] byStep) {
    int steps = byPair.length / lengths.length;
    for (int pair = 0; pair < lengths.length; pair++) {
      for (int step = 0; step < steps; step++) {
        byStep[step * lengths.length + pair] = byPair[pair * steps + step];
      }
    }
  }
}
