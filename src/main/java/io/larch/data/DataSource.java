package io.larch.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The data of a run: training and test samples of one shape [C, H, W], opened by {@link
 * DataSources} with the settings that say what is done to them.
 */
public interface DataSource {
  /** The training samples of a run in its order, augmented as the settings say. */
  Reader training(long seed);

  /** The test samples in order. */
  Reader testing();

  /** Labels of the training samples, by index. */
  Labels train();

  /** Labels of the test samples, by index. */
  Labels test();

  /** What the labels mean: name {@code i} belongs to label {@code i}. */
  List<String> classNames();

  int channels();

  int height();

  int width();

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

  /** What a look at every encoded picture has shown; empty if there was none. */
  default Optional<PictureReport> report() {
    return Optional.empty();
  }

  /** Labels are 0 to {@code classes - 1}. */
  default int classes() {
    return classNames().size();
  }

  /** Values of one sample, C · H · W. */
  default int floats() {
    return channels() * height() * width();
  }
}
