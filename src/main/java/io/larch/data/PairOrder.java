package io.larch.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A corpus cut into micro-batches of pairs that fit into one bucket. From the smallest bucket to
 * the greatest, the bucket's pairs are taken in the order given and cut into micro-batches; what is
 * left over goes on to the next bucket, where it has room too. Only the last micro-batch of all may
 * have blank rows, fewer than a micro-batch. So every pair stands in exactly one of ⌈pairs /
 * micro-batch⌉ micro-batches.
 */
final class PairOrder {
  private final SentencePairs corpus;
  private final int microBatch;
  private final int[] rows;
  private final int[] buckets;
  private final int[] tokens;

  /**
   * @param order of the pairs, by index
   */
  PairOrder(SentencePairs corpus, Buckets shapes, int[] order, int microBatch) {
    this.corpus = corpus;
    this.microBatch = microBatch;
    int count = batches(corpus, microBatch);
    rows = new int[count * microBatch];
    buckets = new int[count];
    tokens = new int[count];
    Arrays.fill(rows, -1);
    cut(byBucket(shapes, order));
  }

  /** How many micro-batches a corpus makes. */
  static int batches(SentencePairs corpus, int microBatch) {
    return (corpus.size() + microBatch - 1) / microBatch;
  }

  private List<int[]> byBucket(Buckets shapes, int[] order) {
    int[] counts = new int[shapes.size()];
    for (int pair : order) {
      counts[bucket(shapes, pair)]++;
    }
    List<int[]> members = new ArrayList<>();
    for (int count : counts) {
      members.add(new int[count]);
    }
    int[] filled = new int[counts.length];
    for (int pair : order) {
      int bucket = bucket(shapes, pair);
      members.get(bucket)[filled[bucket]++] = pair;
    }
    return members;
  }

  private int bucket(Buckets shapes, int pair) {
    return shapes.of(corpus.sourceLength(pair), corpus.targetLength(pair));
  }

  private void cut(List<int[]> members) {
    int placed = 0;
    for (int bucket = 0; bucket < members.size(); bucket++) {
      for (int pair : members.get(bucket)) {
        int batch = placed / microBatch;
        rows[placed++] = pair;
        buckets[batch] = bucket;
        tokens[batch] += corpus.targetLength(pair);
      }
    }
  }

  /** Number of micro-batches. */
  int size() {
    return buckets.length;
  }

  /** Number of a micro-batch's bucket. */
  int bucket(int batch) {
    return buckets[batch];
  }

  /** Indices of a micro-batch's pairs, −1 for blank rows. */
  int[] pairs(int batch) {
    return Arrays.copyOfRange(rows, batch * microBatch, (batch + 1) * microBatch);
  }

  /** Labels of a micro-batch that have weight. */
  int targetTokens(int batch) {
    return tokens[batch];
  }
}
