package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class EvaluationOrderTest {
  private final DataSet data = Samples.numbered(10, 4, 3, 2, 2);
  private final EvaluationOrder order = new EvaluationOrder(data, Samples.identity(3));

  @Test
  void shouldReadSamplesInTheOrderOfTheirIndicesUnchanged() {
    float[] read = Samples.read(order, 3, 7, 12);
    for (int i = 0; i < 7; i++) {
      for (int j = 0; j < 12; j++) {
        assertEquals(7 * (i + 3) + j, read[12 * i + j], 1e-3f);
      }
    }
    assertArrayEquals(new int[] {3, 0, 1}, Samples.labels(order, 3, 3, 12));
  }

  @Test
  void shouldLeaveTheBufferBeyondTheSamplesAlone() {
    FloatBuffer images = Samples.floats(24);
    images.put(12, -5f).position(7);
    order.read(0, 1, images, new int[1]);
    assertEquals(-5f, images.get(12));
    assertEquals(7, images.position());
  }

  @Test
  void shouldRefuseToReadPastTheLastSample() {
    assertThrows(IndexOutOfBoundsException.class, () -> Samples.read(order, 8, 3, 12));
  }
}
