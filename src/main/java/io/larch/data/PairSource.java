package io.larch.data;

import java.util.List;
import java.util.Optional;

/** The sentence pairs of a run, as ids of subwords. */
public interface PairSource extends TrainingData {
  /** The training pairs of a run in its order; what a step holds follows from these alone. */
  PairStream training(long seed, int lanes, int microBatchesPerLane, int microBatch);

  /** The test pairs, sorted by length. */
  EvaluationPairs testing(int microBatch);

  /** Scores translations of test pairs; empty if the pairs are not of text. */
  default Optional<TranslationScore> scoring() {
    return Optional.empty();
  }

  /** Size of the vocabulary: ids are 0 to {@code words - 1}. */
  int words();

  @Override
  default int classes() {
    return words();
  }

  /** Words are no classes with names. */
  @Override
  default List<String> classNames() {
    return List.of();
  }
}
