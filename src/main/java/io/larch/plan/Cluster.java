package io.larch.plan;

import io.larch.config.Refusal;
import io.larch.coordinate.Assignment;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.List;

/** Equal nodes and the network between them. */
public record Cluster(Machine machine, Link link, int nodes, Spread spread) {
  /** Rings in shared memory: what a byte costs there is what the reducing threads do to it. */
  private static final double MEMORY_SECONDS_PER_BYTE = 1e-12;

  public Cluster {
    spread.check(nodes);
  }

  /** Whether every device of so many nodes has a lane. */
  public static boolean hasWork(int lanes, int nodes, int devices) {
    return nodes * devices <= lanes;
  }

  static void check(int lanes, int nodes, int devices) {
    if (!hasWork(lanes, nodes, devices)) {
      throw new Refusal(
          "%d nodes of %d devices have no work for all: the run has %d lanes. More lanes (larch.lanes) make more devices useful."
              .formatted(nodes, devices, lanes));
    }
  }

  int hosts() {
    return spread.hosts(nodes);
  }

  int host(int node) {
    return node / spread.nodesPerHost(nodes);
  }

  Link between(int from, int to) {
    return host(from) == host(to)
        ? new Link("memory", machine.costs().hop(), MEMORY_SECONDS_PER_BYTE)
        : link;
  }

  /**
   * How much longer devices compute because there are not enough cores for all of a machine.
   *
   * @throws Refusal if nothing is left of the cores but for what nodes do all the time
   */
  double crowding() {
    int standing = nodesPerMachine() + spread.hostsPerMachine(nodes);
    double left = machine.cores() - standing * machine.costs().standing();
    if (left <= 0) {
      throw new Refusal(
          "%d nodes on one machine of %d cores would do nothing but watch each other; plan fewer, or more hosts (--hosts)."
              .formatted(nodesPerMachine(), machine.cores()));
    }
    return Math.max(1, computing() / left);
  }

  /** Whether devices leave no core to the threads that reduce. */
  boolean isFull() {
    return computing() >= machine.cores();
  }

  /** Threads that compute on a machine. */
  private int computing() {
    return nodesPerMachine() * machine.devices() * machine.threads();
  }

  int nodesPerMachine() {
    return spread.nodesPerMachine(nodes);
  }

  /** The lanes of every device, dealt as at the beginning of a run. */
  Assignment deal(int lanes) {
    int devices = nodes * machine.devices();
    check(lanes, nodes, machine.devices());
    List<Lanes> dealt = LaneRange.deal(lanes, devices).stream().map(Lanes::of).toList();
    List<Assignment.Share> shares = new ArrayList<>();
    for (int node = 0; node < nodes; node++) {
      int first = node * machine.devices();
      shares.add(
          new Assignment.Share(
              "node " + node, null, dealt.subList(first, first + machine.devices())));
    }
    return new Assignment(GenerationId.NONE, 0, shares);
  }
}
