package io.larch.compute;

import io.larch.config.Precision;
import io.larch.model.Layout;
import io.larch.model.Network;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A network, weights, images and labels for one micro-batch, to be run in several ways. */
final class Trial {
  static final long SEED = 7;

  final Network network;
  final int batch;
  final Map<String, double[]> weights;
  final double[] images;
  final int[] labels;

  Trial(Network network, int batch) {
    this.network = network;
    this.batch = batch;
    weights = new HashMap<>(ReferenceNetwork.initial(network, SEED));
    weights.replaceAll(Trial::unsettled);
    RandomStream stream = RandomStream.of(SEED, Purpose.BENCHMARK);
    images = new double[batch * network.input().size()];
    Arrays.setAll(images, i -> bf16((float) stream.gaussian(i)));
    labels = new int[batch];
    Arrays.setAll(labels, i -> stream.below(images.length * 2L + i, network.classes()));
  }

  /** Values that bf16 can hold; those of norms and biases away from their constant start. */
  private static double[] unsettled(String name, double[] values) {
    RandomStream stream = RandomStream.of(SEED, Purpose.BENCHMARK).named(name);
    boolean isWeight = Arrays.stream(values).distinct().count() > 1;
    double[] changed = new double[values.length];
    Arrays.setAll(
        changed, i -> bf16((float) (isWeight ? values[i] : values[i] + stream.uniform(i, 0, 0.5))));
    return changed;
  }

  private static float bf16(float value) {
    return Float.intBitsToFloat(Float.floatToIntBits(value) & 0xFFFF0000);
  }

  /** The flat block of the weights; the caller owns it. */
  FloatBlock weightBlock() {
    FloatBlock block = FloatBlock.allocate(network.layout().floats());
    for (Layout.Place place : network.layout().places()) {
      FloatBuffer view = block.view(place.from(), place.size());
      for (double value : weights.get(place.tensor().name())) {
        view.put((float) value);
      }
    }
    return block;
  }

  void fillImages(FloatBuffer buffer) {
    for (int i = 0; i < images.length; i++) {
      buffer.put(i, (float) images[i]);
    }
  }

  /** What a program says about the trial: outcome, gradient block as bits, layers as reported. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Run(Outcome outcome, float[] gradient, List<String> layers) {}

  /** One step on a device, by a program compiled for it. */
  Run run(Device device, Precision precision, boolean accumulate, long position) {
    return device.submit(() -> step(device, precision, accumulate, position)).join();
  }

  private Run step(Device device, Precision precision, boolean accumulate, long position) {
    try (TrainingProgram program = device.compileTraining(network, batch, precision, SEED);
        FloatBlock weightBlock = weightBlock();
        FloatBlock gradient = FloatBlock.allocate(network.layout().floats())) {
      fillImages(program.images());
      program.pack(weightBlock);
      List<String> layers = new ArrayList<>();
      Outcome outcome = program.step(labels, position, gradient, false, layers::add);
      if (accumulate) {
        program.step(labels, position, gradient, true, layer -> {});
      }
      float[] bits = new float[(int) gradient.floats()];
      gradient.view(0, bits.length).get(bits);
      return new Run(outcome, bits, layers);
    }
  }

  /** Logits of an inference program. */
  float[] infer(Device device, Precision precision) {
    return device
        .submit(
            () -> {
              try (InferenceProgram program = device.compileInference(network, batch, precision);
                  FloatBlock weightBlock = weightBlock()) {
                fillImages(program.images());
                program.pack(weightBlock);
                float[] logits = new float[batch * network.classes()];
                program.logits().get(0, logits);
                return logits;
              }
            })
        .join();
  }

  ReferenceNetwork.Result expected(long position) {
    return new ReferenceNetwork(network, SEED).step(weights, images, labels, position);
  }

  double[] expectedLogits() {
    return new ReferenceNetwork(network, SEED).infer(weights, images, batch);
  }

  /**
   * Largest ‖expected − found‖ / ‖expected‖ over the tensors, in the Euclidean norm; the norm of a
   * tensor whose gradient (nearly) vanishes counts as a tenth of the largest.
   */
  static double worstError(Network network, Map<String, double[]> expected, float[] gradient) {
    double largest = expected.values().stream().mapToDouble(Trial::norm).max().orElseThrow();
    double worst = 0;
    for (Layout.Place place : network.layout().places()) {
      double[] own = expected.get(place.tensor().name());
      int from = (int) place.from();
      double error = error(own, Arrays.copyOfRange(gradient, from, from + own.length));
      worst = Math.max(worst, error * norm(own) / Math.max(norm(own), largest / 10));
    }
    return worst;
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum()) + 1e-12;
  }

  /** ‖expected − found‖ / ‖expected‖. */
  static double error(double[] expected, float[] found) {
    double[] differences = new double[expected.length];
    Arrays.setAll(differences, i -> expected[i] - found[i]);
    return norm(differences) / norm(expected);
  }
}
