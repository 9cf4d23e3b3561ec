package io.larch.compute;

import io.larch.data.PairBatch;

/** A network that translates, compiled to be tested, without dropout and label smoothing. */
public interface TranslationInference extends AutoCloseable {
  /** Takes the weights out of a flat block, which must not change while they are used. */
  void pack(FloatBlock weights);

  /** Forward over one micro-batch; what the outcome counts are labels that have weight. */
  Outcome evaluate(PairBatch pairs);

  @Override
  void close();
}
