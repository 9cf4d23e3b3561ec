package io.larch.data;

import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The endless sequence of a run's micro-batches of sentence pairs. What stands in a lane's
 * micro-batch in a step is a pure function of seed, corpus and the run's shape, never of who reads.
 *
 * <p>With n pairs and micro-batches of N, an epoch has M = ⌈n / N⌉ micro-batches. Its pairs are
 * shuffled, cut into micro-batches of one bucket each as {@link PairOrder} says, and the
 * micro-batches are shuffled. No pair is dropped and none comes twice; one micro-batch of the epoch
 * has M·N − n blank rows. Micro-batches of all epochs follow each other, and a step takes the next
 * lanes × micro-batches per lane of them; it may run over the joint of two epochs.
 *
 * <p>Within the step they are dealt by length, so that no lane and no device has the longer
 * sentences: sorted by bucket, the first {@code lanes} of them are every lane's first, and so on.
 * In each such round the lane of rank r is r with its bits reversed, so that every aligned block of
 * lanes has short and long ones alike; every other round runs backwards.
 *
 * <p>Positions count rows, blank ones included, as those of pictures do: step s begins at (s − 1) ×
 * global batch, and an epoch has M·N of them. Safe for many threads.
 */
public final class PairStream {
  private static final int KEPT = 3;

  private final SentencePairs corpus;
  private final Buckets buckets;
  private final int lanes;
  private final int perLane;
  private final int perStep;
  private final int microBatch;
  private final Permutations pairs;
  private final Permutations batches;
  private final Map<Long, PairOrder> kept = new LinkedHashMap<>(8, 0.75f, true);

  /** The stream of a run's seed. */
  PairStream(
      SentencePairs corpus,
      Buckets buckets,
      long seed,
      int lanes,
      int microBatchesPerLane,
      int microBatch) {
    this.corpus = corpus;
    this.buckets = buckets;
    this.lanes = lanes;
    this.perLane = microBatchesPerLane;
    this.perStep = lanes * microBatchesPerLane;
    this.microBatch = microBatch;
    RandomStream random = RandomStream.of(seed, Purpose.SAMPLE_ORDER);
    pairs = new Permutations(corpus.size(), random);
    batches =
        new Permutations(PairOrder.batches(corpus, microBatch), random.named("micro-batches"));
  }

  /** The shapes that micro-batches have. */
  public Buckets buckets() {
    return buckets;
  }

  /** Positions in an epoch: its pairs and fewer blank rows than a micro-batch has. */
  public long samplesPerEpoch() {
    return (long) batchesPerEpoch() * microBatch;
  }

  /**
   * The micro-batch whose first row stands at a position, a multiple of the micro-batch; the lane
   * and its turn follow from it.
   */
  public PairBatch read(long first) {
    long batch = first / microBatch;
    int slot = (int) (batch % perStep);
    long index = dealt(batch / perStep, slot / perLane, slot % perLane);
    PairOrder order = order(index / batchesPerEpoch());
    int within = within(index);
    Bucket bucket = buckets.shapes().get(order.bucket(within));
    return new PairBatch(corpus, order.pairs(within), bucket, first);
  }

  /**
   * Labels that have weight in the whole global batch of a step, by which its summed loss and
   * gradient are divided.
   *
   * @param step counted from 1
   */
  public long targetTokens(long step) {
    long from = (step - 1) * perStep;
    long tokens = 0;
    for (long index = from; index < from + perStep; index++) {
      tokens += order(index / batchesPerEpoch()).targetTokens(within(index));
    }
    return tokens;
  }

  /** Number in the sequence of all micro-batches of a lane's turn in a step, both from 0. */
  private long dealt(long step, int lane, int turn) {
    long from = step * perStep;
    long[] sorted = new long[perStep];
    for (int i = 0; i < perStep; i++) {
      int bucket = order((from + i) / batchesPerEpoch()).bucket(within(from + i));
      sorted[i] = ((long) bucket << Integer.SIZE) | i;
    }
    Arrays.sort(sorted);
    int reversed = (int) ((Integer.toUnsignedLong(Integer.reverse(lane)) * lanes) >>> Integer.SIZE);
    int rank = turn % 2 == 0 ? reversed : lanes - 1 - reversed;
    return from + (int) sorted[turn * lanes + rank];
  }

  private int within(long index) {
    return batches.of(index / batchesPerEpoch())[(int) (index % batchesPerEpoch())];
  }

  private int batchesPerEpoch() {
    return PairOrder.batches(corpus, microBatch);
  }

  private synchronized PairOrder order(long epoch) {
    PairOrder order = kept.computeIfAbsent(epoch, this::cut);
    if (kept.size() > KEPT) {
      kept.remove(kept.keySet().iterator().next());
    }
    return order;
  }

  private PairOrder cut(long epoch) {
    return new PairOrder(corpus, buckets, pairs.of(epoch), microBatch);
  }
}
