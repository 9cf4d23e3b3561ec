package io.larch.data;

/**
 * The data of a run.
 *
 * @param normalisation computed over the training set
 * @param fingerprint equal on nodes that have the same data, part of a run's identity
 */
public record DataSource(
    DataSet train, DataSet test, Normalisation normalisation, String fingerprint) {
  /** The training samples of a run, augmented as the arguments of {@link TrainingStream} say. */
  public TrainingStream training(long seed, int padCrop, boolean flip) {
    return new TrainingStream(train, normalisation, seed, padCrop, flip);
  }

  /** The test samples in order. */
  public EvaluationOrder testing() {
    return new EvaluationOrder(test, normalisation);
  }
}
