package io.larch.run;

import io.larch.compute.Device;
import io.larch.compute.Devices;
import io.larch.compute.FloatBlock;
import io.larch.compute.Timing;
import io.larch.compute.TrainingProgram;
import io.larch.config.Precision;
import io.larch.model.Layer;
import io.larch.model.Network;
import io.larch.model.Shape;
import java.util.List;

/**
 * What a device can compute at most: the rate of a convolution of 128 to 128 channels, 3×3 on 28²,
 * which stays in the cache and runs at the core's limit.
 */
final class PossibleRate {
  private static final String LAYER = "conv";
  private static final int CHANNELS = 128;
  private static final int SIDE = 28;
  private static final int SAMPLES = 8;
  private static final int RUNS = 40;

  private PossibleRate() {}

  /** GFLOP/s of one device. */
  static double measure(Precision precision, int threads) {
    Network network =
        Network.of("possible", new Shape(CHANNELS, SIDE, SIDE), 1)
            .then(Layer.Convolution.of(LAYER, CHANNELS, 3).padding(1))
            .then(Layer.Linear.of("fc", 1))
            .build();
    Device device = Devices.cpu(0, threads);
    try {
      return device.submit(() -> rate(device, network, precision)).join();
    } finally {
      device.close();
    }
  }

  private static double rate(Device device, Network network, Precision precision) {
    try (TrainingProgram program = device.compileTraining(network, SAMPLES, precision, 0);
        FloatBlock weights = FloatBlock.allocate(network.layout().floats());
        FloatBlock gradient = FloatBlock.allocate(network.layout().floats())) {
      program.pack(weights);
      double best = 0;
      long before = 0;
      for (int run = 0; run < RUNS; run++) {
        program.step(new int[SAMPLES], 0, gradient, false, layer -> {});
        long after = nanoseconds(program.timings());
        best = Math.max(best, operations(network) / (after - before));
        before = after;
      }
      return best;
    }
  }

  private static double operations(Network network) {
    return 2.0 * network.nodes().get(0).multiplyAdds() * SAMPLES;
  }

  private static long nanoseconds(List<Timing> timings) {
    return timings.stream()
        .filter(timing -> timing.layer().equals(LAYER) && timing.kind().endsWith("forward"))
        .mapToLong(Timing::nanoseconds)
        .sum();
  }
}
