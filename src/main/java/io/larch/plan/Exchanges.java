package io.larch.plan;

import java.util.List;

/**
 * Seconds in which every node gets the sum of all gradients, all ready at once and nothing else to
 * do: by this program's slices over rotated placements (as {@link SimulatedStep} has it, with
 * neither additions nor updates), and by others' ways in the α–β model. With P nodes and M bytes:
 *
 * <ul>
 *   <li>a tree whose nodes all send whole gradients: 2·log₂P·(α + βM), the paper's model;
 *   <li>a ring: 2(P−1)·α + 2M(P−1)/P·β (Patarasuk and Yuan 2009);
 *   <li>a parameter server with one interface: 2·(α + βM(P−1)).
 * </ul>
 */
public record Exchanges(int nodes, double slices, double tree, double ring, double server) {

  /** Of so many nodes, each on a host of its own. */
  public static Exchanges of(Link link, Workload work, int nodes) {
    double alpha = link.latency();
    double beta = work.slices().stream().mapToDouble(s -> s.count() * work.wireBytes(s)).sum();
    beta *= link.secondsPerByte();
    double levels = Math.ceil(Math.log(nodes) / Math.log(2));
    return new Exchanges(
        nodes,
        SimulatedStep.of(new Cluster(idle(work), link, nodes, Spread.APART), work).reduction(),
        2 * levels * (alpha + beta),
        2 * (nodes - 1) * alpha + 2 * beta * (nodes - 1) / nodes,
        nodes == 1 ? 0 : 2 * (alpha + beta * (nodes - 1)));
  }

  private static Machine idle(Workload work) {
    List<LayerTime> layers =
        work.slices().stream()
            .map(slice -> slice.layer())
            .distinct()
            .map(layer -> new LayerTime(layer, 0, 0))
            .toList();
    return Machine.of("idle", 1, 1, 1, layers, Costs.NONE);
  }
}
