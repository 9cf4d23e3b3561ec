package io.larch.cluster;

import java.util.function.LongSupplier;

/**
 * When a reduction that has peers looks again whether there is something to send or to receive, and
 * when it tells what it has measured. A look takes twenty to a hundred and fifty microseconds of a
 * core whose cache is full of something else, and so does each of the ten threads that a message to
 * another node wakes; where devices compute on all cores, that is theirs. When they are through,
 * others wait only for what looks bring. So while they compute, looks are the rarer the longer a
 * step takes, and what is measured is told several layers at once.
 *
 * <p>Used by the reduction's thread.
 */
final class Looks {
  /** After something was there, the next looks follow without a pause. */
  private static final long EAGER_NS = 20_000;

  /** Pauses are a share of the time for which there was nothing, within limits. */
  private static final int SHARE_WHILE_COMPUTING = 2;

  private static final int SHARE = 8;
  private static final long SHORTEST_NS = 50_000;
  private static final long LONGEST_NS = 2_000_000;

  /** The same while computing: of a step's time, but within limits. */
  private static final int SHORTEST_OF_STEP = 256;

  private static final int LONGEST_OF_STEP = 128;
  private static final long LEAST_SHORTEST_NS = 200_000;
  private static final long MOST_SHORTEST_NS = 32_000_000;
  private static final long MOST_LONGEST_NS = 64_000_000;

  /** What is measured while computing is told so often. */
  private static final int TOLD_OF_STEP = 16;

  private final LongSupplier clock;
  private long begunNs;
  private long lastNs;
  private long stepNs;
  private int partsOfStep;
  private int parts;
  private long workedNs;
  private long toldNs;

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
    begunNs = clock.getAsLong();
  }

  /** The devices of this node do nothing. */
  void rest() {
    begin(0);
  }

  /** A device has finished a part. */
  void finished() {
    parts++;
  }

  /** Devices go on with the next step. */
  void committed() {
    parts = 0;
    long now = clock.getAsLong();
    stepNs = Math.min(lastNs, now - begunNs); // an evaluation may have come between two steps
    lastNs = now - begunNs;
    begunNs = now;
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
    long nothingNs = clock.getAsLong() - workedNs;
    return parts < partsOfStep
        ? within(
            within(LEAST_SHORTEST_NS, stepNs / SHORTEST_OF_STEP, MOST_SHORTEST_NS),
            nothingNs / SHARE_WHILE_COMPUTING,
            within(LONGEST_NS, stepNs / LONGEST_OF_STEP, MOST_LONGEST_NS))
        : within(SHORTEST_NS, nothingNs / SHARE, LONGEST_NS);
  }

  /** Whether to tell what is measured; if so, the next is due a while later. */
  boolean isDueToTell() {
    long now = clock.getAsLong();
    boolean due = parts >= partsOfStep || now - toldNs >= stepNs / TOLD_OF_STEP;
    toldNs = due ? now : toldNs;
    return due;
  }

  private static long within(long least, long value, long most) {
    return Math.max(least, Math.min(most, value));
  }
}
