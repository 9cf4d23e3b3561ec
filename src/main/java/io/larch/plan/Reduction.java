package io.larch.plan;

/**
 * What reductions between nodes were measured to take.
 *
 * @param latencySeconds of a hop from node to node
 * @param secondsPerByte that a node sends, while as much comes in
 * @param coreSecondsPerByte the same, without waiting: what it takes of a core
 */
public record Reduction(double latencySeconds, double secondsPerByte, double coreSecondsPerByte) {
  public Reduction {
    if (!(latencySeconds >= 0 && secondsPerByte > 0 && coreSecondsPerByte > 0)) {
      throw new IllegalArgumentException(
          "a hop of %s s, %s s a byte and %s s of a core"
              .formatted(latencySeconds, secondsPerByte, coreSecondsPerByte));
    }
  }

  /**
   * One of two measured sizes.
   *
   * @param bytes that each node sends
   * @param seconds until the last node has all sums
   * @param coreSeconds the part of them in which a node does something
   */
  public record Point(long bytes, double seconds, double coreSeconds) {}

  /**
   * What explains two measured sizes.
   *
   * @param hops one after another in each
   * @param many more bytes than {@code few}
   */
  public static Reduction between(int hops, Point few, Point many) {
    double bytes = many.bytes() - few.bytes();
    double secondsPerByte = Math.max(1e-15, (many.seconds() - few.seconds()) / bytes);
    double latency = Math.max(0, few.seconds() - few.bytes() * secondsPerByte) / hops;
    double core = Math.max(1e-15, (many.coreSeconds() - few.coreSeconds()) / bytes);
    return new Reduction(latency, secondsPerByte, core);
  }

  /** The network that these nodes have. */
  public Link link() {
    return new Link("measured", latencySeconds, secondsPerByte);
  }
}
