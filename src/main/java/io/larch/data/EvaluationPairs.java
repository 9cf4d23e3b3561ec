package io.larch.data;

import java.util.stream.IntStream;

/**
 * The pairs of a test corpus in micro-batches of one bucket each, from the shortest to the longest;
 * {@link PairBatch#pairs} says where each stands in the corpus.
 */
public final class EvaluationPairs {
  private final SentencePairs corpus;
  private final Buckets buckets;
  private final int microBatch;
  private final PairOrder order;

  /**
   * @param shapes of the training corpus; longer pairs get one of their own
   */
  EvaluationPairs(SentencePairs corpus, Buckets shapes, int microBatch) {
    this.corpus = corpus;
    this.buckets = shapes.covering(corpus);
    this.microBatch = microBatch;
    int[] inOrder = IntStream.range(0, corpus.size()).toArray();
    order = new PairOrder(corpus, buckets, inOrder, microBatch);
  }

  /** The shapes that micro-batches have. */
  public Buckets buckets() {
    return buckets;
  }

  /** Number of micro-batches. */
  public int batches() {
    return order.size();
  }

  /** A micro-batch, counted from 0; only the last may have blank rows. */
  public PairBatch read(int batch) {
    Bucket bucket = buckets.shapes().get(order.bucket(batch));
    return new PairBatch(corpus, order.pairs(batch), bucket, (long) batch * microBatch);
  }

  /** Labels that have weight in the whole corpus. */
  public long targetTokens() {
    return IntStream.range(0, batches()).mapToLong(order::targetTokens).sum();
  }
}
