package io.larch.data;

import java.util.List;
import java.util.Map;

/** The sentence pairs of a run, as ids of subwords. */
public interface PairSource {
  /** The training pairs of a run in its order; what a step holds follows from these alone. */
  PairStream training(long seed, int lanes, int microBatchesPerLane, int microBatch);

  /** The test pairs, sorted by length. */
  EvaluationPairs testing(int microBatch);

  /** Size of the vocabulary: ids are 0 to {@code words - 1}. */
  int words();

  /** Equal on nodes that have the same pairs, part of a run's identity. */
  String fingerprint();

  /** Lines of the files that a checkpoint must keep, by name, so that it can be used alone. */
  default Map<String, List<String>> files() {
    return Map.of();
  }

  /** What a user should know before the run starts, a sentence each. */
  default List<String> remarks() {
    return List.of();
  }
}
