package io.larch.model;

import io.larch.random.RandomStream;

/** The value of a tensor before the first step, a pure function of seed and name. */
public sealed interface Initializer {
  /** Value {@code i} (row-major) of the tensor, drawn from the tensor's own stream. */
  float value(RandomStream stream, long i);

  /** Every value the same. */
  record Constant(float constant) implements Initializer {
    @Override
    public float value(RandomStream stream, long i) {
      return constant;
    }
  }

  /** Normal with mean 0. */
  record Gaussian(double deviation) implements Initializer {
    @Override
    public float value(RandomStream stream, long i) {
      return (float) (deviation * stream.gaussian(i));
    }

    /** He et al. 2015, eq. 10: variance 2 / fan-in. */
    public static Gaussian he(int fanIn) {
      return new Gaussian(Math.sqrt(2.0 / fanIn));
    }
  }

  /** Uniform in [-bound, bound). */
  record Uniform(double bound) implements Initializer {
    @Override
    public float value(RandomStream stream, long i) {
      return (float) stream.uniform(i, -bound, bound);
    }
  }

  /** Values from {@code count} on, as many again, are {@code constant}; the rest are 0. */
  record Part(int count, float constant) implements Initializer {
    @Override
    public float value(RandomStream stream, long i) {
      return i / count == 1 ? constant : 0;
    }
  }
}
