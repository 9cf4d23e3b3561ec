package io.larch.cluster;

import java.util.function.LongSupplier;

/**
 * When a reduction that has peers looks again whether there is something to send or to receive. A
 * look takes twenty to a hundred microseconds of a core, the latter over udp, and where devices
 * compute on all cores, that is theirs; when they are through, others wait only for what looks
 * bring.
 *
 * <p>Used by the reduction's thread.
 */
final class Looks {
  /** After something was there, the next looks follow without a pause. */
  private static final long EAGER_NS = 20_000;

  /** Pauses are a share of the time for which there was nothing, within limits. */
  private static final int SHARE_WHILE_COMPUTING = 2;

  private static final int SHARE = 8;
  private static final long SHORTEST_WHILE_COMPUTING_NS = 200_000;
  private static final long SHORTEST_NS = 50_000;
  private static final long LONGEST_NS = 2_000_000;

  private final LongSupplier clock;
  private int partsOfStep;
  private int parts;
  private long workedNs;

  /**
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  Looks(LongSupplier clock) {
    this.clock = clock;
    workedNs = clock.getAsLong();
  }

  /** A generation begins, in whose steps the devices of this node finish so many parts. */
  void begin(int partsOfStep) {
    this.partsOfStep = partsOfStep;
    parts = 0;
  }

  /** A device has finished a part. */
  void finished() {
    parts++;
  }

  /** Devices go on with the next step. */
  void committed() {
    parts = 0;
  }

  /** Something was there just now. */
  void worked() {
    workedNs = clock.getAsLong();
  }

  /** Whether the next look is due at once. */
  boolean isEager() {
    return clock.getAsLong() - workedNs < EAGER_NS;
  }

  /** How long to pause otherwise. */
  long pauseNs() {
    boolean computing = parts < partsOfStep;
    long share = (clock.getAsLong() - workedNs) / (computing ? SHARE_WHILE_COMPUTING : SHARE);
    long shortest = computing ? SHORTEST_WHILE_COMPUTING_NS : SHORTEST_NS;
    return Math.max(shortest, Math.min(LONGEST_NS, share));
  }
}
