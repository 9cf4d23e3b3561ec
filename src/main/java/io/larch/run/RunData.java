package io.larch.run;

import io.larch.cluster.Samples;
import io.larch.config.RunSettings;
import io.larch.data.DataSource;
import io.larch.data.PairSource;
import io.larch.data.PairStream;
import io.larch.data.TrainingData;
import io.larch.model.Shape;

/** What a run trains on and is tested on, as its job sees it. */
sealed interface RunData {
  /** The data themselves. */
  TrainingData source();

  /** What the devices of a run with these settings read. */
  Samples samples(RunSettings settings);

  /** Positions in an epoch. */
  long samplesPerEpoch(RunSettings settings);

  /** Shape of a network's input. */
  Shape input();

  /** Pictures with labels. */
  record Pictures(DataSource source) implements RunData {
    @Override
    public Samples samples(RunSettings settings) {
      return new Samples.Pictures(
          source.training(settings.seed()), source.testing(), source.test().size());
    }

    @Override
    public long samplesPerEpoch(RunSettings settings) {
      return source.train().size();
    }

    @Override
    public Shape input() {
      return new Shape(source.channels(), source.height(), source.width());
    }
  }

  /** Sentences with their translations. */
  record Pairs(PairSource source) implements RunData {
    @Override
    public Samples samples(RunSettings settings) {
      return new Samples.Pairs(
          training(settings), source.testing(settings.microBatch()), source.scoring());
    }

    private PairStream training(RunSettings settings) {
      return source.training(
          settings.seed(), settings.lanes(), settings.microBatchesPerLane(), settings.microBatch());
    }

    @Override
    public long samplesPerEpoch(RunSettings settings) {
      return training(settings).samplesPerEpoch();
    }

    @Override
    public Shape input() {
      return Shape.vector(1);
    }
  }
}
