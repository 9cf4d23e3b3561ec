package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.model.Initializer.Constant;
import io.larch.model.Layout;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.LayerNorms.TensorNorms;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LayerNormsTest {
  private static final List<Slice> SLICES =
      Slice.cut(
          new Layout(
              List.of(
                  new Tensor("fc.weight", "fc", List.of(4000), Kind.WEIGHT, new Constant(0)),
                  new Tensor("fc.bias", "fc", List.of(20), Kind.BIAS, new Constant(0)))),
          4096);

  private static Squares squares(Slice slice) {
    List<Double> weights = new ArrayList<>();
    List<Double> gradients = new ArrayList<>();
    for (int piece = 0; piece < slice.pieces().size(); piece++) {
      weights.add(1 + 1e-16 * slice.id());
      gradients.add(100.0 / 3 + slice.id() * 1e-14);
    }
    return new Squares(slice.id(), weights, gradients);
  }

  @Test
  void shouldGiveTheSameNormsForAnyOrderOfReportsAndRepeats() {
    List<TensorNorms> expected = norms(SLICES);
    for (int seed = 0; seed < 24; seed++) {
      List<Slice> order = new ArrayList<>(SLICES);
      order.addAll(SLICES);
      Collections.shuffle(order, new Random(seed));
      assertEquals(expected, norms(order));
    }
  }

  @Test
  void shouldDivideTheNormOfTheSummedGradient() {
    TensorNorms weight = norms(SLICES).get(0).divided(10);
    assertEquals("fc.weight", weight.tensor());
    assertEquals(2.0, weight.weight(), 1e-12);
    assertEquals(Math.sqrt(400.0 / 3) / 10, weight.direction(), 1e-12);
  }

  @Test
  void shouldWaitForEverySlice() {
    LayerNorms norms = new LayerNorms(SLICES);
    for (Slice slice : SLICES.subList(1, SLICES.size())) {
      norms.report(squares(slice));
    }
    assertTrue(norms.all().isEmpty());
  }

  private static List<TensorNorms> norms(List<Slice> order) {
    LayerNorms norms = new LayerNorms(SLICES);
    order.forEach(slice -> norms.report(squares(slice)));
    return norms.all().orElseThrow();
  }
}
