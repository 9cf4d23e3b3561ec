package io.larch.plan;

import io.larch.config.Refusal;

/**
 * Where nodes live. Nodes of one host share its network interface and reach each other through
 * memory; nodes of one machine share its cores.
 *
 * @param hosts at most, with equally many nodes on each
 * @param oneMachine whether all hosts are parts of one machine, such as network namespaces or
 *     containers; else each is a machine of its own
 */
public record Spread(int hosts, boolean oneMachine) {
  /** Each node on a machine of its own. */
  public static final Spread APART = new Spread(Integer.MAX_VALUE, false);

  /** Refuses a number of nodes that cannot be spread evenly. */
  void check(int nodes) {
    if (nodes < 1 || hosts < 1 || nodes % hosts(nodes) != 0) {
      throw new Refusal("%d nodes cannot be spread evenly over %d hosts.".formatted(nodes, hosts));
    }
  }

  int hosts(int nodes) {
    return Math.min(nodes, hosts);
  }

  int nodesPerHost(int nodes) {
    return nodes / hosts(nodes);
  }

  /** How many hosts share the cores of a machine. */
  int hostsPerMachine(int nodes) {
    return oneMachine ? hosts(nodes) : 1;
  }

  /** How many of so many nodes share the cores of a machine. */
  public int nodesPerMachine(int nodes) {
    return oneMachine ? nodes : nodesPerHost(nodes);
  }
}
