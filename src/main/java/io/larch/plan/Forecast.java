package io.larch.plan;

import io.larch.reduce.DevicePlan;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What a run would take on so many nodes.
 *
 * @param efficiency samples a second of a node, as a share of what one of the fewest nodes asked
 *     for does
 * @param hours of the whole run, without evaluation
 * @param memoryBytes of each node
 */
public record Forecast(
    int nodes,
    StepTimes step,
    double samplesPerSecond,
    double efficiency,
    double epochsPerHour,
    double hours,
    long memoryBytes,
    Bound bound) {

  /** What most of a step is spent on. */
  public enum Bound {
    COMPUTE,
    INPUT,
    UPDATE,
    BANDWIDTH,
    LATENCY
  }

  /**
   * A run on each of so many nodes, in order.
   *
   * @param machines what a node can do when so many share a machine
   */
  public static List<Forecast> of(
      IntFunction<Machine> machines,
      Link link,
      Workload work,
      List<Integer> counts,
      Spread spread) {
    List<Forecast> forecasts = new ArrayList<>();
    double first = 0;
    for (int nodes : counts) {
      Machine machine = machines.apply(spread.nodesPerMachine(nodes));
      Cluster cluster = new Cluster(machine, link, nodes, spread);
      StepTimes step = SimulatedStep.of(cluster, work);
      double rate = work.globalBatch() / step.seconds();
      first = forecasts.isEmpty() ? rate / nodes : first;
      forecasts.add(
          new Forecast(
              nodes,
              step,
              rate,
              rate / nodes / first,
              3600 * rate / work.samplesPerEpoch(),
              work.steps() * step.seconds() / 3600,
              memory(cluster, work),
              bound(cluster, work, step)));
    }
    return forecasts;
  }

  /** Refuses numbers of nodes that the work or the hosts cannot be shared out to. */
  public static void check(Workload work, List<Integer> counts, int devices, Spread spread) {
    for (int nodes : counts) {
      spread.check(nodes);
      Cluster.check(work.lanes(), nodes, devices);
    }
  }

  /** State, committed and staged; gradients of each device; and what the machine says. */
  private static long memory(Cluster cluster, Workload work) {
    long state = 2L * (1 + work.buffers());
    long gradients =
        cluster.deal(work.lanes()).shares().get(0).devices().stream()
            .mapToLong(Forecast::slots)
            .sum();
    return (state + gradients) * Float.BYTES * work.floats() + cluster.machine().bytes();
  }

  private static long slots(Lanes lanes) {
    return DevicePlan.of(lanes).slots();
  }

  private static Bound bound(Cluster cluster, Workload work, StepTimes step) {
    if (step.exposed() < Math.max(step.compute(), step.input())) {
      return step.input() > step.compute() ? Bound.INPUT : Bound.COMPUTE;
    }
    double update = work.floats() * cluster.machine().costs().update();
    double rest = step.exposed() - update - step.wire();
    if (update >= Math.max(step.wire(), rest)) {
      return Bound.UPDATE;
    }
    return step.wire() >= rest ? Bound.BANDWIDTH : Bound.LATENCY;
  }
}
