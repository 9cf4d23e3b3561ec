package io.larch.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.model.Initializer.Constant;
import io.larch.model.Layer.Convolution;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitialTest {
  private static final Tensor WEIGHT =
      Convolution.of("c", 64, 5).tensors(new Shape(32, 9, 9)).get(0);

  private static float[] filled(Tensor tensor, long seed) {
    FloatBuffer values = FloatBuffer.allocate(tensor.size());
    Initial.fill(tensor, seed, values);
    return values.array();
  }

  @Test
  void shouldDrawHeWeights() {
    float[] values = filled(WEIGHT, 1);
    double squares = 0;
    double sum = 0;
    for (float value : values) {
      sum += value;
      squares += value * value;
    }
    assertEquals(0, sum / values.length, 1e-3);
    assertEquals(2.0 / (32 * 25), squares / values.length, 5e-5);
  }

  /**
   * Norms at the first iteration in the LARS paper's submission to ICLR 2018, table 2 (where the
   * columns of weights and biases are interchanged).
   */
  @ParameterizedTest
  @CsvSource({
    "conv1, 1.867, 0.098",
    "conv2, 5.543, 0.160",
    "conv3, 9.406, 0.196",
    "conv4, 8.146, 0.196",
    "conv5, 6.651, 0.160",
    "fc6, 30.72, 6.4",
    "fc7, 20.48, 6.4",
    "fc8, 20.24, 0.316"
  })
  void shouldBeginAlexNetBnAsPublished(String layer, double weight, double bias) {
    Layout layout =
        Networks.build(
                new ModelSettings("alexnet-bn", 0, ConfigFactory.empty()),
                Networks.usualInput("alexnet-bn"),
                1000)
            .layout();
    assertEquals(weight, norm(layout.place(layer + ".weight").tensor()), 0.01 * weight);
    assertEquals(bias, norm(layout.place(layer + ".bias").tensor()), 6e-4);
  }

  private static double norm(Tensor tensor) {
    double squares = 0;
    for (float value : filled(tensor, 1)) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  @Test
  void shouldBeginAlexNetWithPositiveBiasesWherePublished() {
    Layout layout =
        Networks.build(
                new ModelSettings("alexnet", 0, ConfigFactory.empty()),
                Networks.usualInput("alexnet"),
                1000)
            .layout();
    List<String> positive =
        layout.places().stream()
            .map(Layout.Place::tensor)
            .filter(tensor -> tensor.initializer().equals(new Constant(0.1f)))
            .map(Tensor::layer)
            .toList();
    assertEquals(List.of("conv2", "conv4", "conv5", "fc6", "fc7"), positive);
  }

  @Test
  void shouldDependOnSeedAndNameOnly() {
    assertArrayEquals(filled(WEIGHT, 1), filled(WEIGHT, 1));
    Tensor other = Convolution.of("d", 64, 5).tensors(new Shape(32, 9, 9)).get(0);
    assertNotEquals(Arrays.hashCode(filled(WEIGHT, 1)), Arrays.hashCode(filled(WEIGHT, 2)));
    assertNotEquals(Arrays.hashCode(filled(WEIGHT, 1)), Arrays.hashCode(filled(other, 1)));
  }

  @Test
  void shouldBeginAtThePositionOfTheBuffer() {
    FloatBuffer values = FloatBuffer.allocate(WEIGHT.size() + 3).position(3);
    Initial.fill(WEIGHT, 1, values);
    assertEquals(0, values.get(2));
    assertEquals(filled(WEIGHT, 1)[0], values.get(3));
  }
}
