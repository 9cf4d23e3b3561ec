package io.larch.cluster;

import io.larch.config.RunSettings;
import io.larch.coordinate.RunPlan;
import io.larch.model.Layout;
import io.larch.model.Network;
import io.larch.optim.Optimizer;
import io.larch.optim.Schedule;
import io.larch.reduce.Replica;
import io.larch.reduce.Slice;
import io.larch.reduce.Timetable;
import java.time.Duration;
import java.util.List;

/**
 * What the actors of one node share: the run, which never changes, and this node's replica.
 *
 * @param stallLimit how long a node waits without any progress before it reports who is missing
 * @param integrity whether committed weights are checked against their hashes before use
 */
public record RunContext(
    RunSettings settings,
    Network network,
    Optimizer optimizer,
    Schedule schedule,
    Timetable timetable,
    Replica replica,
    Samples samples,
    Archive archive,
    Duration stallLimit,
    boolean integrity,
    Interception interception) {

  /** What makes a gradient summed over the global batch of a step the mean. */
  double divisor(long step) {
    return samples.tokens(step).orElse(settings.globalBatch());
  }

  /** Where all tensors lie. */
  Layout layout() {
    return replica.layout();
  }

  /** The replica, {@link #requireIntact checked}. */
  Replica checkedReplica() {
    requireIntact();
    return replica;
  }

  /**
   * Checks the committed weights if this node checks. Done after they were read it says that they
   * were right when they were read, too, unless memory heals.
   *
   * @throws io.larch.reduce.ReplicaDamaged if they are not what was committed
   */
  void requireIntact() {
    if (integrity) {
      replica.requireIntact();
    }
  }

  /** The trained slices of all layers, in order. */
  List<Slice> trainedSlices() {
    return replica.slices().stream().filter(s -> !s.statistic()).toList();
  }

  /** The trained slices of a layer, in order. */
  List<Slice> trainedSlices(String layer) {
    return replica.slices().stream()
        .filter(s -> s.layer().equals(layer) && !s.statistic())
        .toList();
  }

  /** The statistic slices of a layer, in order. */
  List<Slice> statisticSlices(String layer) {
    return replica.slices().stream().filter(s -> s.layer().equals(layer) && s.statistic()).toList();
  }

  /** What leads the run must know of it. */
  RunPlan plan() {
    return new RunPlan(
        timetable, schedule::rate, settings.lanes(), testBatches(), replica.slices(), hasNoise());
  }

  private boolean hasNoise() {
    return settings.lanes() > 1
        && optimizer.direction().isEmpty()
        && settings.optimizer().clipNorm().isEmpty();
  }

  private int testBatches() {
    return samples.testBatches(settings.microBatch());
  }
}
