package io.larch.cluster;

import io.larch.cluster.LayerOptimizer.Verdict;
import io.larch.coordinate.Laps;
import io.larch.observe.DevicePhases;
import io.larch.observe.NodePhases;
import io.larch.observe.TensorFigures;
import io.larch.reduce.LayerNorms.TensorNorms;
import java.util.ArrayList;
import java.util.List;

/** What a node tells of a step: its clocks put together, and what the optimizers saw. */
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

  /** What a layer's optimizer saw of its tensors. */
  static List<TensorFigures> tensors(Verdict verdict) {
    List<TensorFigures> figures = new ArrayList<>();
    for (int i = 0; i < verdict.norms().size(); i++) {
      TensorNorms norms = verdict.norms().get(i);
      figures.add(
          new TensorFigures(
              norms.tensor(), norms.weight(), norms.direction(), verdict.ratios().get(i)));
    }
    return List.copyOf(figures);
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
