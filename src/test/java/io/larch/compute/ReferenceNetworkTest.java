package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.larch.model.Network;
import io.larch.model.Network.Node;
import io.larch.model.Tensor;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The twin itself, against finite differences along a random direction of all parameters. */
class ReferenceNetworkTest {
  private static final Map<String, Network> NETWORKS = SmallNetworks.all();
  private static final double STEP = 1e-8;

  static Collection<String> names() {
    return NETWORKS.keySet();
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldHaveTheSlopeOfItsLoss(String name) {
    Trial trial = new Trial(NETWORKS.get(name), 3);
    ReferenceNetwork twin = new ReferenceNetwork(trial.network, Trial.SEED);
    Map<String, double[]> gradient = trial.expected(0).gradient();
    double slope = (loss(twin, trial, STEP) - loss(twin, trial, -STEP)) / (2 * STEP);
    double expected = 0;
    for (Node node : trial.network.nodes()) {
      for (Tensor tensor : node.tensors()) {
        for (int i = 0; !tensor.kind().isStatistic() && i < tensor.size(); i++) {
          expected += gradient.get(tensor.name())[i] * direction(tensor.name(), i);
        }
      }
    }
    assertEquals(expected, slope, 1e-5 * (1 + Math.abs(expected)));
  }

  private static double loss(ReferenceNetwork twin, Trial trial, double step) {
    Map<String, double[]> moved = new HashMap<>(trial.weights);
    moved.replaceAll(
        (name, values) -> {
          double[] changed = values.clone();
          for (int i = 0; i < values.length; i++) {
            changed[i] += step * direction(name, i);
          }
          return changed;
        });
    return twin.step(moved, trial.images, trial.labels, 0).lossSum();
  }

  private static double direction(String name, int i) {
    return RandomStream.of(3, Purpose.BENCHMARK).named(name).uniform(i, -0.1, 0.1);
  }
}
