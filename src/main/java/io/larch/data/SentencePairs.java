package io.larch.data;

import java.util.Arrays;
import java.util.List;

/**
 * Sentence pairs in memory as ids of subwords, without marks. Immutable, so any thread may read.
 */
final class SentencePairs {
  private final int[][] sources;
  private final int[][] targets;

  /**
   * Pair {@code i} is {@code sources[i]} and {@code targets[i]}; the caller must not write them.
   */
  SentencePairs(int[][] sources, int[][] targets) {
    this.sources = sources;
    this.targets = targets;
  }

  /** The first so many. */
  SentencePairs first(int count) {
    return new SentencePairs(Arrays.copyOf(sources, count), Arrays.copyOf(targets, count));
  }

  /** Those of these indices. */
  SentencePairs only(List<Integer> indices) {
    return new SentencePairs(
        indices.stream().map(i -> sources[i]).toArray(int[][]::new),
        indices.stream().map(i -> targets[i]).toArray(int[][]::new));
  }

  int size() {
    return sources.length;
  }

  /** Ids of a source sentence; callers must not write. */
  int[] source(int pair) {
    return sources[pair];
  }

  /** Ids of a target sentence; callers must not write. */
  int[] target(int pair) {
    return targets[pair];
  }

  /** Positions of a source sentence with its end mark. */
  int sourceLength(int pair) {
    return sources[pair].length + 1;
  }

  /** Positions of a target sentence with one mark. */
  int targetLength(int pair) {
    return targets[pair].length + 1;
  }
}
