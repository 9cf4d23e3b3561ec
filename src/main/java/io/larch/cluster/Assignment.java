package io.larch.cluster;

import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.transport.DataAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Who computes what in a generation, as one node is told.
 *
 * @param self number of the node that is told
 * @param shares of all nodes, in order of their numbers
 */
record Assignment(GenerationId generation, int self, List<Share> shares) {
  /**
   * What one node computes.
   *
   * @param node its name
   * @param address where its peers reach it; null where there are no peers
   * @param devices lanes of each of its devices
   */
  record Share(String node, DataAddress address, List<LaneRange> devices) {
    private int lanes() {
      return devices.stream().mapToInt(LaneRange::count).sum();
    }
  }

  /** Lanes of each of this node's devices. */
  List<LaneRange> devices() {
    return shares.get(self).devices();
  }

  /** The node that computes each lane. */
  List<Integer> owners() {
    List<Integer> owners = new ArrayList<>();
    for (int node = 0; node < shares.size(); node++) {
      for (int i = 0; i < shares.get(node).lanes(); i++) {
        owners.add(node);
      }
    }
    return List.copyOf(owners);
  }
}
