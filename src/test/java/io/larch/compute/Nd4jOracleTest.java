package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Precision;
import io.larch.model.Network;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the twin to code that is not ours. Every layer stands before a linear layer and a smoothed
 * softmax cross-entropy, and most behind a convolution, so that both its directions are seen.
 */
class Nd4jOracleTest {
  private static final int BATCH = 3;
  private static final double SMOOTHING = 0.2;
  private static final double TOLERANCE = 1e-10;
  private static final Map<String, Network> NETWORKS = SmallNetworks.all();

  static Stream<String> inferred() {
    return known(Nd4jNetwork::infers);
  }

  static Stream<String> trained() {
    return known(Nd4jNetwork::trains);
  }

  private static Stream<String> known(Predicate<Network> predicate) {
    return NETWORKS.keySet().stream().filter(name -> predicate.test(NETWORKS.get(name)));
  }

  private static Trial trial(String name) {
    return new Trial(NETWORKS.get(name).withLabelSmoothing(SMOOTHING), BATCH);
  }

  @ParameterizedTest
  @MethodSource("inferred")
  void shouldInferLikeNd4j(String name) {
    Trial trial = trial(name);
    assertArrayEquals(new Nd4jNetwork(trial).infer(), trial.expectedLogits(), TOLERANCE, name);
  }

  @ParameterizedTest
  @MethodSource("trained")
  void shouldHaveTheGradientOfNd4j(String name) {
    Trial trial = trial(name);
    ReferenceNetwork.Result expected = new Nd4jNetwork(trial).step();
    ReferenceNetwork.Result found = trial.expected(0);
    assertEquals(expected.lossSum(), found.lossSum(), TOLERANCE, name);
    assertEquals(expected.gradient().keySet(), found.gradient().keySet());
    expected
        .gradient()
        .forEach(
            (tensor, own) ->
                assertArrayEquals(
                    own, found.gradient().get(tensor), TOLERANCE, name + ": " + tensor));
  }

  /** The engine itself, without the twin in between. */
  @Test
  void shouldTrainLikeNd4jOnTheCpu() {
    Trial trial = trial("strided");
    ReferenceNetwork.Result expected = new Nd4jNetwork(trial).step();
    try (Device device = Devices.cpu(0, 1)) {
      Trial.Run run = trial.run(device, Precision.F32, false, 0);
      assertEquals(expected.lossSum(), run.outcome().lossSum(), 4e-6 * expected.lossSum());
      double error = Trial.worstError(trial.network, expected.gradient(), run.gradient());
      assertTrue(error < 2e-5, "relative error " + error);
    }
  }
}
