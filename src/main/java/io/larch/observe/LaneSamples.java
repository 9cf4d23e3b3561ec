package io.larch.observe;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A lane of a step and the samples in it.
 *
 * @param from position of the first of them in the run's sample stream, counted from 0
 * @param to position behind the last
 */
public record LaneSamples(int lane, long from, long to) {
  /** Lanes whose gradient is not finite, in words. */
  public static String text(List<LaneSamples> lanes) {
    return lanes.isEmpty()
        ? "no single lane (their sum overflows)"
        : lanes.stream().map(LaneSamples::toString).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return "lane %d (samples %d to %d of the run)".formatted(lane, from, to - 1);
  }
}
