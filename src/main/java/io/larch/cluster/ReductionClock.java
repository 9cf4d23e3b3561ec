package io.larch.cluster;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * What a node's reduction does in a step, and when. Slices are under way from the moment a device
 * has finished their layer until their sum is here and handed on to whom it must be.
 *
 * <p>The reduction's thread writes; the node reads and clears between two steps, when nothing is
 * under way.
 */
final class ReductionClock {
  private final LongSupplier clock;
  private long[] periods = new long[16];
  private int used;
  private int underWay;
  private long updateNs;

  /**
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  ReductionClock(LongSupplier clock) {
    this.clock = clock;
  }

  /** Slices depart. */
  void departed(int slices) {
    if (underWay == 0 && slices > 0) {
      note(clock.getAsLong());
    }
    underWay += slices;
  }

  /** A slice has arrived, here and where it had to be sent. */
  void arrived() {
    if (--underWay == 0) {
      note(clock.getAsLong());
    }
  }

  private void note(long timeNs) {
    if (used == periods.length) {
      periods = Arrays.copyOf(periods, 2 * used);
    }
    periods[used++] = timeNs;
  }

  /** A thread has taken squares or computed an update for so long. */
  void updated(long nanoseconds) {
    updateNs += nanoseconds;
  }

  long updateNs() {
    return updateNs;
  }

  /** How long anything was under way. */
  long underWayNs() {
    return underWayUntil(Long.MAX_VALUE);
  }

  /** How long anything was under way before a time. */
  long underWayUntil(long limitNs) {
    long sum = 0;
    for (int i = 0; i + 1 < used; i += 2) {
      sum += Math.max(0, Math.min(periods[i + 1], limitNs) - periods[i]);
    }
    return sum;
  }

  /** Forgets the step. */
  void clear() {
    used = 0;
    underWay = 0;
    updateNs = 0;
  }
}
