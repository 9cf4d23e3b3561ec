package io.larch.observe;

import java.util.List;

/**
 * Where a step's time went on one node.
 *
 * @param node its name
 * @param update seconds in which its reduction thread took squares and applied the optimizer
 * @param commit seconds in which the staged state became the committed one
 * @param communication seconds in which slices that a device had finished were on their way through
 *     the tree, the wait for slower peers included; null without peers
 * @param hidden share of the communication, 0 to 1, during which a device still computed; null
 *     without peers
 */
public record NodePhases(
    String node,
    List<DevicePhases> devices,
    double update,
    double commit,
    Double communication,
    Double hidden) {
  public NodePhases {
    devices = List.copyOf(devices);
  }
}
