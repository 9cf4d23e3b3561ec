package io.larch.cluster;

import io.larch.data.EvaluationPairs;
import io.larch.data.PairStream;
import io.larch.data.Reader;
import io.larch.data.TranslationScore;
import java.util.Optional;
import java.util.OptionalLong;

/** What a run trains on and is tested on. */
public sealed interface Samples {
  /** Batches of the test set; the last may be shorter. */
  int testBatches(int microBatch);

  /** Target words of the whole global batch of a step; empty for pictures. */
  OptionalLong tokens(long step);

  /**
   * Pictures.
   *
   * @param testSamples size of the test set
   */
  record Pictures(Reader training, Reader test, int testSamples) implements Samples {
    @Override
    public int testBatches(int microBatch) {
      return (testSamples + microBatch - 1) / microBatch;
    }

    @Override
    public OptionalLong tokens(long step) {
      return OptionalLong.empty();
    }
  }

  /**
   * Pairs of sentences, cut for the run's micro-batches.
   *
   * @param scoring of translations of the test pairs, if they are text
   */
  record Pairs(PairStream training, EvaluationPairs test, Optional<TranslationScore> scoring)
      implements Samples {
    @Override
    public int testBatches(int microBatch) {
      return test.batches();
    }

    @Override
    public OptionalLong tokens(long step) {
      return OptionalLong.of(training.targetTokens(step));
    }
  }
}
