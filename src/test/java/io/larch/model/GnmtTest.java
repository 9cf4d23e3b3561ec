package io.larch.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.config.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class GnmtTest {
  private static final int WORDS = 32_000;
  private static final long UNITS = 1024;

  private static Network gnmt(String options, Shape input) {
    ModelSettings settings = new ModelSettings("gnmt", 0, ConfigFactory.parseString(options));
    return Networks.build(settings, input, WORDS);
  }

  private static long lstm(long input, long recurrent) {
    return (input + recurrent + 1) * 4 * UNITS;
  }

  @Test
  void shouldHaveTheParametersOfGnmtV2() {
    long encoder = 2 * lstm(UNITS, UNITS) + lstm(2 * UNITS, UNITS) + 2 * lstm(UNITS, UNITS);
    long decoder = 4 * lstm(2 * UNITS, UNITS);
    long attention = 2 * UNITS * UNITS + 2 * UNITS + 1;
    long classifier = (UNITS + 1) * WORDS;
    long table = WORDS * UNITS;
    long shared = table + encoder + decoder + attention + classifier;
    assertEquals(164_173_057, shared);
    assertEquals(shared, gnmt("", Shape.vector(1)).parameters());
    Network separate = gnmt("embeddings = separate", Shape.vector(1));
    assertEquals(shared + table, separate.parameters());
  }

  /** Source words enter the first layer, target words the decoder's, and no tensor comes twice. */
  @Test
  void shouldKeepSourceAndTargetApart() {
    Network network = gnmt("layers = 3", Shape.vector(1));
    assertTrue(network.translates());
    List<String> names = network.layers().stream().map(Layer::name).toList();
    for (int i = 0; i < names.size(); i++) {
      boolean decodes = !names.get(i).matches("embedding|encoder.*");
      assertEquals(decodes, network.followsTarget(i), names.get(i));
    }
    assertEquals(List.of("encoder.3", "encoder.2"), inputs(network, "encoder.3.sum"));
    assertEquals(List.of("decoder.3", "decoder.2"), inputs(network, "decoder.3.sum"));
    assertEquals(List.of("decoder.3.dropout", "context"), inputs(network, "decoder.3.input"));
    assertEquals(List.of("decoder.1.dropout", "encoder.3.sum"), inputs(network, "decoder.1"));
  }

  private static List<String> inputs(Network network, String layer) {
    return network.nodes().stream()
        .filter(node -> node.layer().name().equals(layer))
        .flatMap(node -> node.inputs().stream())
        .map(i -> network.nodes().get(i).layer().name())
        .toList();
  }

  @Test
  void shouldBeginWithTheForgetBias() {
    Tensor bias = gnmt("", Shape.vector(1)).layout().place("decoder.2.bias").tensor();
    for (int gate = 0; gate < 4; gate++) {
      for (int i : List.of(0, (int) UNITS - 1)) {
        float first = bias.initializer().value(null, gate * UNITS + i);
        assertEquals(gate == 1 ? 1 : 0, first);
      }
    }
  }

  @Test
  void shouldBoundTheFirstEmbeddingsByThemselves() {
    for (String options : List.of("", "bound = 0.2", "bound = 0.2, embedding-bound = 1")) {
      Network network = gnmt(options, Shape.vector(1));
      double bound = options.isEmpty() ? 0.1 : 0.2;
      double embeddings = options.contains("embedding") ? 1 : bound;
      assertEquals(new Initializer.Uniform(embeddings), first(network, "embedding.weight"));
      assertEquals(new Initializer.Uniform(bound), first(network, "decoder.2.recurrent"));
    }
  }

  private static Initializer first(Network network, String tensor) {
    return network.layout().place(tensor).tensor().initializer();
  }

  @Test
  void shouldRefusePicturesAndTooFewLayers() {
    assertThrows(Refusal.class, () -> gnmt("", new Shape(3, 32, 32)));
    assertThrows(Refusal.class, () -> gnmt("layers = 1", Shape.vector(1)));
    assertThrows(Refusal.class, () -> gnmt("embeddings = joint", Shape.vector(1)));
  }
}
