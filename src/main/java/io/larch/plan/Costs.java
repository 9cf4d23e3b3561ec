package io.larch.plan;

/**
 * What a node's cores do besides computing lanes.
 *
 * @param add seconds for adding a received value to one of its own
 * @param copy seconds for handing a value to a peer's stream
 * @param update seconds for the norms and the update of a parameter
 * @param hop seconds between handing values to a peer on the same host and its having them
 * @param message seconds for an actor's message to another, on the same host, and of a core's time
 *     on each side
 * @param wake seconds of a core's time until the thread that reduces is at work after a pause
 * @param standing share of a core that a node takes whatever its steps bring, for heartbeats,
 *     gossip and looks whether anything came, and that a host's media driver takes as well
 */
public record Costs(
    double add,
    double copy,
    double update,
    double hop,
    double message,
    double wake,
    double standing) {
  /** As if nothing but computing lanes took time. */
  public static final Costs NONE = new Costs(0, 0, 0, 0, 0, 0, 0);

  /** Of rings in shared memory, where nobody has measured it. */
  public static final double USUAL_HOP = 20e-6;

  /** A switch to a thread whose code and data the core's caches have lost meanwhile. */
  public static final double USUAL_WAKE = 50e-6;

  /**
   * Of four nodes that train {@code resnet20} over udp on two cores, Akka takes 0.047 each, looks
   * take 0.03 and media drivers 0.016, and 0.035 with {@code lenet}.
   */
  public static final double USUAL_STANDING = 0.05;

  /** The same of a node with peers. */
  public Costs withStanding(double share) {
    return new Costs(add, copy, update, hop, message, wake, share);
  }

  /**
   * The same, with what was measured of reductions between two such nodes. Each sends all its
   * values once and adds half of them, so what a value takes of a core beyond adding is handing it
   * over: the sender's part and the receiver's.
   */
  Costs with(Reduction measured) {
    double valueSeconds = measured.coreSecondsPerByte() * Float.BYTES;
    double handing = Math.max(0, valueSeconds - add / 2);
    return new Costs(add, handing, update, measured.latencySeconds(), message, wake, standing);
  }
}
