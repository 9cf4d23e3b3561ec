package io.larch.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Refusal;
import io.larch.model.Layer.BatchNorm;
import io.larch.model.Layer.Convolution;
import io.larch.model.Layer.Linear;
import io.larch.model.Layer.Pool;
import io.larch.model.Layer.Relu;
import org.junit.jupiter.api.Test;

class NetworkBuilderTest {
  private static final Shape INPUT = new Shape(6, 9, 7);

  private static NetworkBuilder network() {
    return Network.of("net", INPUT, 5);
  }

  private static void assertRefused(String part, Runnable building) {
    Refusal refusal = assertThrows(Refusal.class, building::run);
    assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
  }

  @Test
  void shouldKnowTheShapesOfWindows() {
    Convolution convolution = Convolution.of("c", 4, 3).stride(2).padding(1);
    assertEquals(new Shape(4, 5, 4), convolution.output(INPUT));
    Pool pool = Pool.maximum("p", 2);
    assertEquals(new Shape(6, 4, 3), pool.output(INPUT));
    assertEquals(new Shape(6, 5, 4), pool.ceil(true).output(INPUT));
    Pool padded = Pool.mean("p", 2).stride(3).padding(1).ceil(true);
    assertEquals(new Shape(1, 2, 2), padded.output(new Shape(1, 5, 5)));
  }

  @Test
  void shouldRefuseWindowsThatDoNotFit() {
    assertRefused("does not fit", () -> network().then(Convolution.of("c", 4, 8)));
    assertRefused("does not fit", () -> network().then(Pool.mean("p", 10)));
    assertRefused("groups", () -> network().then(Convolution.of("c", 9, 1).groups(6)));
    assertRefused("half of the window", () -> Pool.mean("p", 2).padding(2));
    assertRefused("stride", () -> Convolution.of("c", 9, 1).stride(0));
    assertRefused("probability", () -> new Layer.Dropout("d", 1));
    assertRefused("epsilon", () -> BatchNorm.of("b").epsilon(0));
  }

  @Test
  void shouldRefuseImpossibleGraphs() {
    assertRefused("name of its own", () -> network().then(new Relu("r")).then(new Relu("r")));
    assertRefused("no layer 'x'", () -> network().from("x"));
    assertRefused("one shape", () -> network().then(Linear.of("fc", 5)).add("add", ""));
    assertRefused("use add", () -> network().then(new Layer.Add("a")));
    assertRefused("5 classes", () -> network().then(Linear.of("fc", 4)).build());
    assertRefused("5 classes", () -> network().build());
    assertRefused(
        "nothing uses the output of layer a",
        () -> network().then(new Relu("a")).from("").then(Linear.of("fc", 5)).build());
    assertRefused(
        "smoothing", () -> network().then(Linear.of("fc", 5)).build().withLabelSmoothing(1));
  }

  @Test
  void shouldTellTheDecayOfRunningStatistics() {
    Network network =
        network().then(BatchNorm.of("bn").decay(0.97)).then(Linear.of("fc", 5)).build();
    assertEquals(0.97, network.decay("bn"));
    assertThrows(IllegalArgumentException.class, () -> network.decay("fc"));
  }
}
