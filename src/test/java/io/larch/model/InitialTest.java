package io.larch.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.larch.model.Layer.Convolution;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

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
