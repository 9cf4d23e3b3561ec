package io.larch.data;

import java.util.List;
import java.util.Map;

/** What a run trains on, whatever its samples are. */
public interface TrainingData {
  /** Logits of a network: labels are 0 to {@code classes - 1}. */
  int classes();

  /** What labels mean: name {@code i} belongs to label {@code i}; none where they are no names. */
  List<String> classNames();

  /** Equal on nodes that have the same data, part of a run's identity. */
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
