package io.larch.plan;

import java.util.List;

/**
 * What a modelled step takes.
 *
 * @param seconds from its beginning to the last node's commit
 * @param compute seconds until the slowest device has gone backward
 * @param input seconds in which a node reads its samples
 * @param reduction seconds from the first sum that leaves a device to the last whole one
 * @param hidden the part of {@code reduction} before computing ends
 * @param loop seconds that a node's reduction thread works; it updates, too, where there is one
 *     device
 * @param wire seconds in which the busiest node's network interface sends
 * @param sent bytes that each node sends, headers not counted
 */
public record StepTimes(
    double seconds,
    double compute,
    double input,
    double reduction,
    double hidden,
    double loop,
    double wire,
    List<Long> sent) {
  public StepTimes {
    sent = List.copyOf(sent);
  }

  /** Seconds of the step in which devices wait for reduction and update. */
  public double exposed() {
    return seconds - Math.max(compute, input);
  }

  /** The share of the reduction that lies under computation; 1 if nothing is reduced. */
  public double hiddenShare() {
    return reduction <= 0 ? 1 : hidden / reduction;
  }
}
