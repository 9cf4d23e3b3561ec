package io.larch.data;

import java.util.Optional;

/**
 * The data of a run: training and test samples of one shape [C, H, W], opened by {@link
 * DataSources} with the settings that say what is done to them.
 */
public interface DataSource extends TrainingData {
  /** The training samples of a run in its order, augmented as the settings say. */
  Reader training(long seed);

  /** The test samples in order. */
  Reader testing();

  /** Labels of the training samples, by index. */
  Labels train();

  /** Labels of the test samples, by index. */
  Labels test();

  int channels();

  int height();

  int width();

  /** What a look at every encoded picture has shown; empty if there was none. */
  default Optional<PictureReport> report() {
    return Optional.empty();
  }

  @Override
  default int classes() {
    return classNames().size();
  }

  /** Values of one sample, C · H · W. */
  default int floats() {
    return channels() * height() * width();
  }
}
