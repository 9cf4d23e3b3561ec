package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.reduce.LayerNorms.TensorNorms;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RulingTest {
  private static final OptionalDouble TWO = OptionalDouble.of(2);

  private static TensorNorms gradient(String tensor, double norm) {
    return new TensorNorms(tensor, 0, norm);
  }

  @Test
  void shouldShortenAGradientThatIsTooLongAsPyTorchDoes() {
    Ruling ruling = Ruling.of(List.of(gradient("a", 3), gradient("b", 4)), TWO);
    assertEquals(2 / (5 + 1e-6), ruling.factor());
    assertTrue(ruling.isFinite());
  }

  @Test
  void shouldLeaveAShortOneAndOneWithoutALimitAlone() {
    assertEquals(1, Ruling.of(List.of(gradient("a", 1.5)), TWO).factor());
    assertEquals(1, Ruling.of(List.of(gradient("a", 0)), TWO).factor());
    assertEquals(1, Ruling.of(List.of(gradient("a", 1e30)), OptionalDouble.empty()).factor());
  }

  @Test
  void shouldNameTheTensorThatBackwardReachesFirst() {
    double infinite = Double.POSITIVE_INFINITY;
    Ruling ruling =
        Ruling.of(
            List.of(gradient("a", Double.NaN), gradient("b", infinite), gradient("c", 1)), TWO);
    assertFalse(ruling.isFinite());
    assertEquals("b", ruling.nonFinite());
    assertEquals(1, ruling.factor());
  }
}
