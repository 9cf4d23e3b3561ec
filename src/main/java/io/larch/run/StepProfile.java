package io.larch.run;

import io.larch.compute.Timing;
import io.larch.model.Layer;
import io.larch.model.Network;
import io.larch.model.SequenceLayer.AttentionLstm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Where the first device's time went.
 *
 * @param samples of a micro-batch; words, in a network that translates
 * @param timings in the order of the program
 * @param possible GFLOP/s that the device can reach at most
 */
public record StepProfile(Network network, int samples, List<Timing> timings, double possible) {
  private static final String ATTENTION = "attention";

  /** Multiplications forward, for the gradient of the weights and for that of the input. */
  private static final int PRODUCTS = 3;

  public StepProfile {
    timings = List.copyOf(timings);
  }

  /**
   * The time of all layers of a kind.
   *
   * @param reached GFLOP/s over all that is done there, if anything is multiplied
   */
  public record Part(String kind, long nanoseconds, OptionalDouble reached) {}

  /** GFLOP/s of an entry; empty for one that multiplies nothing. */
  public OptionalDouble reached(Timing timing) {
    boolean multiplies = timing.kind().matches("(convolution|linear) .*");
    return multiplies
        ? OptionalDouble.of(operations(timing.layer()) * timing.calls() / timing.nanoseconds())
        : OptionalDouble.empty();
  }

  /** Operations of a layer in one direction over a micro-batch. */
  private double operations(String layer) {
    return network.nodes().stream()
        .filter(node -> node.layer().name().equals(layer))
        .mapToDouble(node -> 2.0 * node.multiplyAdds() * samples)
        .sum();
  }

  /**
   * Time by kind of layer. Attention stands apart from the LSTM that has it; the linear layers of a
   * network that translates are its output projection. What belongs to no layer goes by its name.
   */
  public List<Part> parts() {
    Map<String, Long> times = new TreeMap<>();
    timings.forEach(timing -> times.merge(kind(timing), timing.nanoseconds(), Long::sum));
    Map<String, Double> operations = operations();
    List<Part> parts = new ArrayList<>();
    times.forEach(
        (kind, time) -> {
          double own = PRODUCTS * operations.getOrDefault(kind, 0.0) * microBatches();
          parts.add(
              new Part(
                  kind, time, own > 0 ? OptionalDouble.of(own / time) : OptionalDouble.empty()));
        });
    return parts;
  }

  private String kind(Timing timing) {
    return timing.kind().startsWith(ATTENTION)
        ? ATTENTION
        : network.layers().stream()
            .filter(layer -> layer.name().equals(timing.layer()))
            .map(StepProfile::kind)
            .findFirst()
            .orElse(timing.layer());
  }

  private static String kind(Layer layer) {
    return layer instanceof AttentionLstm ? "lstm" : layer.kind();
  }

  /** Operations of all layers of a kind in one direction over a micro-batch. */
  private Map<String, Double> operations() {
    Map<String, Double> operations = new TreeMap<>();
    for (Network.Node node : network.nodes()) {
      long attending =
          node.layer() instanceof AttentionLstm lstm ? lstm.attentionMultiplyAdds() : 0;
      operations.merge(ATTENTION, 2.0 * attending * samples, Double::sum);
      operations.merge(
          kind(node.layer()), 2.0 * (node.multiplyAdds() - attending) * samples, Double::sum);
    }
    return operations;
  }

  private long microBatches() {
    return timings.stream()
        .filter(timing -> timing.kind().equals(Timing.BACKWARD_BEGINS))
        .mapToLong(Timing::calls)
        .sum();
  }
}
