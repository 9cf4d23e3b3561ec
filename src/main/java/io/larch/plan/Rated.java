package io.larch.plan;

import io.larch.model.Network;
import java.util.List;

/**
 * A machine that nobody here has, known by the rate that it computes at: each layer takes its
 * multiply-adds at that rate forward, and twice as long backward (data and weights). Reduction and
 * update move memory at the stated bandwidth: 12 bytes an added value, 8 a copied one, 28 an
 * updated parameter.
 *
 * @param flops a second that one node sustains in a network; a multiply-add is two
 * @param memory bytes a second that it moves while it reduces and updates
 */
public record Rated(String name, double flops, double memory) {
  private static final double MESSAGE_SECONDS = 100e-6;

  /** What a node would do with this network. */
  public Machine machine(Network network, int microBatch) {
    List<LayerTime> layers = network.nodes().stream().map(node -> time(node, microBatch)).toList();
    Costs costs =
        new Costs(
            12 / memory,
            8 / memory,
            28 / memory,
            Costs.USUAL_HOP,
            MESSAGE_SECONDS,
            Costs.USUAL_WAKE,
            Costs.USUAL_STANDING);
    return Machine.of(name, 2, 1, 1, layers, costs);
  }

  private LayerTime time(Network.Node node, int microBatch) {
    double forward = 2.0 * node.multiplyAdds() * microBatch / flops;
    return new LayerTime(node.layer().name(), forward, 2 * forward);
  }
}
