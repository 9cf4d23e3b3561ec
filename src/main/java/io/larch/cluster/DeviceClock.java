package io.larch.cluster;

import io.larch.coordinate.Laps;
import io.larch.observe.Track;
import java.util.EnumMap;
import java.util.Map;

/**
 * Where one device's time goes in a step: whatever has passed since the last lap belongs to the
 * phase that ends. Used on the device's thread.
 */
final class DeviceClock {
  /** What a device does in a step, waiting for the others excepted. */
  enum Phase {
    DATA("data"),
    PACK("pack"),
    FORWARD("forward"),
    BACKWARD("backward");

    private final String text;

    Phase(String text) {
      this.text = text;
    }
  }

  private static final long NO_STEP = -2;

  private final Track track;
  private final Map<Phase, Long> spentNs = new EnumMap<>(Phase.class);
  private long lastNs;
  private long lastStep = NO_STEP;

  /**
   * @param track is told of every phase
   */
  DeviceClock(Track track) {
    this.track = track;
  }

  /** A step begins. Between two steps that follow each other the device waits for the others. */
  void begin(long step) {
    spentNs.clear();
    long nowNs = System.nanoTime();
    if (step == lastStep + 1) {
      track.span("wait", "waiting for reduction", Track.NO_SLICE, lastNs, nowNs);
    }
    track.step(step);
    lastStep = step;
    lastNs = nowNs;
  }

  /** The device does something else before it goes on with a step. */
  void pause() {
    lastStep = NO_STEP;
  }

  /** A phase ends now. */
  void lap(Phase phase) {
    lap(phase, System.nanoTime());
  }

  /** A phase has ended at a time. */
  void lap(Phase phase, long nowNs) {
    spentNs.merge(phase, nowNs - lastNs, Long::sum);
    track.span("phase", phase.text, Track.NO_SLICE, lastNs, nowNs);
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
