package io.larch.reduce;

/**
 * A period with fixed membership and assignment of lanes. It stands in every message between nodes;
 * what carries another one is stale.
 *
 * @param counter grows with every change
 * @param incarnation random, of the Trainer that began it
 */
public record GenerationId(long counter, long incarnation) implements Comparable<GenerationId> {
  /** Before the first. */
  public static final GenerationId NONE = new GenerationId(0, 0);

  public GenerationId next(long byIncarnation) {
    return new GenerationId(counter + 1, byIncarnation);
  }

  @Override
  public int compareTo(GenerationId other) {
    int byCounter = Long.compare(counter, other.counter);
    return byCounter != 0 ? byCounter : Long.compare(incarnation, other.incarnation);
  }

  public boolean isNewerThan(GenerationId other) {
    return compareTo(other) > 0;
  }
}
