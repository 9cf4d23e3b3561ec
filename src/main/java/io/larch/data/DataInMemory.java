package io.larch.data;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Two data sets that are held in memory whole; their classes have numbers for names.
 *
 * @param normalisation computed over the training set
 * @param padCrop while training, pad every side by so many pixels and crop at random; 0 for none
 * @param flip while training, mirror at random
 */
public record DataInMemory(
    DataSet train,
    DataSet test,
    Normalisation normalisation,
    String fingerprint,
    int padCrop,
    boolean flip)
    implements DataSource {
  @Override
  public TrainingStream training(long seed) {
    return new TrainingStream(train, normalisation, seed, padCrop, flip);
  }

  @Override
  public EvaluationOrder testing() {
    return new EvaluationOrder(test, normalisation);
  }

  @Override
  public List<String> classNames() {
    return IntStream.range(0, train.classes()).mapToObj(Integer::toString).toList();
  }

  @Override
  public int channels() {
    return train.channels();
  }

  @Override
  public int height() {
    return train.height();
  }

  @Override
  public int width() {
    return train.width();
  }
}
