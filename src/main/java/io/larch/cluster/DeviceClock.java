package io.larch.cluster;

import java.util.EnumMap;
import java.util.Map;

/**
 * Where one device's time goes in a step: whatever has passed since the last lap belongs to the
 * phase that ends. Used on the device's thread.
 */
final class DeviceClock {
  /** What a device does in a step, waiting for the others excepted. */
  enum Phase {
    DATA,
    PACK,
    FORWARD,
    BACKWARD
  }

  /**
   * A step's laps in nanoseconds.
   *
   * @param endedNs when the last one ended, by {@link System#nanoTime}
   */
  record Laps(long dataNs, long packNs, long forwardNs, long backwardNs, long endedNs) {}

  private final Map<Phase, Long> spentNs = new EnumMap<>(Phase.class);
  private long lastNs;

  /** A step begins. */
  void begin() {
    spentNs.clear();
    lastNs = System.nanoTime();
  }

  /** A phase ends now. */
  void lap(Phase phase) {
    lap(phase, System.nanoTime());
  }

  /** A phase has ended at a time. */
  void lap(Phase phase, long nowNs) {
    spentNs.merge(phase, nowNs - lastNs, Long::sum);
    lastNs = nowNs;
  }

  /** The step's laps so far. */
  Laps laps() {
    return new Laps(
        spent(Phase.DATA), spent(Phase.PACK), spent(Phase.FORWARD), spent(Phase.BACKWARD), lastNs);
  }

  private long spent(Phase phase) {
    return spentNs.getOrDefault(phase, 0L);
  }
}
