package io.larch.run;

import io.larch.cluster.Samples;
import io.larch.config.RunSettings;
import io.larch.data.DataSource;
import io.larch.data.PairSource;
import io.larch.data.PairStream;
import io.larch.model.Shape;
import java.util.List;
import java.util.Map;

/** What a run trains on and is tested on, as its job sees it. */
sealed interface RunData {
  /** What the devices of a run with these settings read. */
  Samples samples(RunSettings settings);

  /** Positions in an epoch. */
  long samplesPerEpoch(RunSettings settings);

  /** Shape of a network's input. */
  Shape input();

  /** Logits of a network. */
  int classes();

  /** What classes are called; none where they are no names. */
  List<String> classNames();

  String fingerprint();

  /** Lines of the files that a checkpoint must keep, by name, so that it can be used alone. */
  Map<String, List<String>> files();

  /** What a user should know before the run starts, a sentence each. */
  List<String> remarks();

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

    @Override
    public int classes() {
      return source.classes();
    }

    @Override
    public List<String> classNames() {
      return source.classNames();
    }

    @Override
    public String fingerprint() {
      return source.fingerprint();
    }

    @Override
    public Map<String, List<String>> files() {
      return source.files();
    }

    @Override
    public List<String> remarks() {
      return source.remarks();
    }
  }

  /** Sentences with their translations. */
  record Pairs(PairSource source) implements RunData {
    @Override
    public Samples samples(RunSettings settings) {
      return new Samples.Pairs(training(settings), source.testing(settings.microBatch()));
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

    @Override
    public int classes() {
      return source.words();
    }

    @Override
    public List<String> classNames() {
      return List.of();
    }

    @Override
    public String fingerprint() {
      return source.fingerprint();
    }

    @Override
    public Map<String, List<String>> files() {
      return source.files();
    }

    @Override
    public List<String> remarks() {
      return source.remarks();
    }
  }
}
