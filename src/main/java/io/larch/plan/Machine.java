package io.larch.plan;

import java.util.List;

/**
 * What one node can do.
 *
 * @param cores of its host
 * @param devices that compute lanes
 * @param threads of each device
 * @param layers times of one micro-batch, in the network's order
 * @param costs of all else
 * @param stepSeconds of a step that are none of these: samples, packing, commit
 * @param inputRate samples a second that it can read and decode; infinite if they lie ready
 * @param bytes of memory that a run needs besides state and gradients: activations, samples, heap
 */
public record Machine(
    String name,
    int cores,
    int devices,
    int threads,
    List<LayerTime> layers,
    Costs costs,
    double stepSeconds,
    double inputRate,
    long bytes) {
  public Machine {
    layers = List.copyOf(layers);
  }

  /** A machine whose samples lie ready, by what it computes and does besides. */
  public static Machine of(
      String name, int cores, int devices, int threads, List<LayerTime> layers, Costs costs) {
    return new Machine(
        name, cores, devices, threads, layers, costs, 0, Double.POSITIVE_INFINITY, 0);
  }

  /** Seconds of a micro-batch, forward and backward. */
  public double microBatchSeconds() {
    return layers.stream().mapToDouble(layer -> layer.forward() + layer.backward()).sum();
  }

  /** The same, with what a step takes and a run needs besides. */
  public Machine withRest(double seconds, long rest) {
    return new Machine(name, cores, devices, threads, layers, costs, seconds, inputRate, rest);
  }

  /** The same, with what was measured of reductions between two such nodes. */
  public Machine withReduction(Reduction measured) {
    return new Machine(
        name, cores, devices, threads, layers, costs.with(measured), stepSeconds, inputRate, bytes);
  }
}
