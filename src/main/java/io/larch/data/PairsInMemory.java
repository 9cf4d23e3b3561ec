package io.larch.data;

/** Pairs given as ids, the same for training and testing, padded to a few shapes. */
public final class PairsInMemory implements PairSource {
  private final SentencePairs pairs;
  private final Buckets buckets;
  private final int words;
  private final String fingerprint;

  /**
   * Pair {@code i} is {@code sources[i]} and {@code targets[i]}, without marks; the caller must not
   * write them.
   *
   * @param shapes number of buckets at most
   */
  public PairsInMemory(
      int[][] sources, int[][] targets, int shapes, int words, String fingerprint) {
    pairs = new SentencePairs(sources, targets);
    buckets = Buckets.choose(pairs, shapes);
    this.words = words;
    this.fingerprint = fingerprint;
  }

  @Override
  public PairStream training(long seed, int lanes, int microBatchesPerLane, int microBatch) {
    return new PairStream(pairs, buckets, seed, lanes, microBatchesPerLane, microBatch);
  }

  @Override
  public EvaluationPairs testing(int microBatch) {
    return new EvaluationPairs(pairs, buckets, microBatch);
  }

  @Override
  public int words() {
    return words;
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }
}
