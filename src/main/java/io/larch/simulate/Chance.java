package io.larch.simulate;

import io.larch.random.RandomStream;

/** Random numbers in the order in which they are asked for; equal seeds, equal numbers. */
final class Chance {
  private final RandomStream stream;
  private long drawn;

  Chance(RandomStream stream) {
    this.stream = stream;
  }

  /** A whole number in [0, bound). */
  int below(int bound) {
    return stream.below(drawn++, bound);
  }

  /** Whether something of this probability happens. */
  boolean happens(double probability) {
    return stream.uniform(drawn++, 0, 1) < probability;
  }

  /** A duration in [from, to), short ones as likely as long ones in proportion. */
  long between(long fromNs, long toNs) {
    return (long)
        Math.exp(stream.uniform(drawn++, Math.log((double) fromNs), Math.log((double) toNs)));
  }
}
