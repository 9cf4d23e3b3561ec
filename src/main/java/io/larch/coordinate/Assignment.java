package io.larch.coordinate;

import io.larch.reduce.GenerationId;
import io.larch.reduce.Lanes;
import io.larch.transport.DataAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Who computes what in a generation, as one node is told.
 *
 * @param self number of the node that is told
 * @param shares of all nodes, in order of their numbers
 */
public record Assignment(GenerationId generation, int self, List<Share> shares) {
  /**
   * What one node computes.
   *
   * @param node its name
   * @param address where its peers reach it; null where there are no peers
   * @param devices lanes of each of its devices
   */
  public record Share(String node, DataAddress address, List<Lanes> devices) {}

  /** Lanes of each of this node's devices. */
  public List<Lanes> devices() {
    return shares.get(self).devices();
  }

  /** The same as another node is told. */
  public Assignment of(int node) {
    return new Assignment(generation, node, shares);
  }

  /** The node that computes each lane. */
  public List<Integer> owners() {
    int lanes = shares.stream().flatMap(s -> s.devices().stream()).mapToInt(Lanes::count).sum();
    List<Integer> owners = new ArrayList<>(Collections.nCopies(lanes, 0));
    for (int i = 0; i < shares.size(); i++) {
      int node = i;
      shares.get(i).devices().forEach(d -> d.all().forEach(lane -> owners.set(lane, node)));
    }
    return List.copyOf(owners);
  }
}
