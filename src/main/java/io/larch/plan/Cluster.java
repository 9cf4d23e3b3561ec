package io.larch.plan;

import io.larch.config.Refusal;
import io.larch.coordinate.Assignment;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.List;

/**
 * Equal nodes and the network between them.
 *
 * @param hosts on which the nodes live, equally many on each; nodes of one host share its cores and
 *     its network interface, and reach each other through memory
 */
public record Cluster(Machine machine, Link link, int nodes, int hosts) {
  /** Rings in shared memory: what remains beside copying and adding is to look for parts. */
  private static final Link MEMORY = new Link("memory", 20e-6, 1e-12);

  public Cluster {
    check(nodes, hosts);
  }

  static void check(int nodes, int hosts) {
    if (nodes < 1 || hosts < 1 || nodes % hosts != 0) {
      throw new Refusal("%d nodes cannot be spread evenly over %d hosts.".formatted(nodes, hosts));
    }
  }

  static void check(int lanes, int nodes, int devices) {
    if (nodes * devices > lanes) {
      throw new Refusal(
          "%d nodes of %d devices have no work for all: the run has %d lanes. More lanes (larch.lanes) make more devices useful."
              .formatted(nodes, devices, lanes));
    }
  }

  int nodesPerHost() {
    return nodes / hosts;
  }

  int host(int node) {
    return node / nodesPerHost();
  }

  Link between(int from, int to) {
    return host(from) == host(to) ? MEMORY : link;
  }

  /** How much longer devices compute because there are not enough cores for all of a host. */
  double crowding() {
    double busy = (double) nodesPerHost() * machine.devices() * machine.threads();
    return Math.max(1, busy / machine.cores());
  }

  /** Whether devices leave no core to the threads that reduce. */
  boolean isFull() {
    return nodesPerHost() * machine.devices() * machine.threads() >= machine.cores();
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
