package io.larch.cluster;

import io.larch.coordinate.Laps;
import io.larch.observe.DevicePhases;
import io.larch.observe.NodePhases;
import java.util.List;

/** Puts the clocks of a node together, once a step is committed. */
final class StepPhases {
  private static final double SECONDS = 1e-9;

  private StepPhases() {}

  static NodePhases of(
      String node,
      boolean alone,
      List<Laps> devices,
      ReductionClock reduction,
      long commitBeganNs,
      long committedNs) {
    long computedNs = devices.stream().mapToLong(Laps::endedNs).max().orElse(commitBeganNs);
    return new NodePhases(
        node,
        devices.stream().map(laps -> device(laps, committedNs)).toList(),
        reduction.updateNs() * SECONDS,
        (committedNs - commitBeganNs) * SECONDS,
        alone ? null : reduction.underWayNs() * SECONDS,
        alone ? null : hidden(reduction, computedNs));
  }

  private static DevicePhases device(Laps laps, long committedNs) {
    return new DevicePhases(
        laps.dataNs() * SECONDS,
        laps.packNs() * SECONDS,
        laps.forwardNs() * SECONDS,
        laps.backwardNs() * SECONDS,
        Math.max(0, committedNs - laps.endedNs()) * SECONDS);
  }

  private static double hidden(ReductionClock reduction, long computedNs) {
    long all = reduction.underWayNs();
    return all == 0 ? 1 : (double) reduction.underWayUntil(computedNs) / all;
  }
}
