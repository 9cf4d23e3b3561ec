package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.model.Initializer.Constant;
import io.larch.model.Layout;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import io.larch.reduce.Slice.Piece;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SliceTest {
  private static final Layout LAYOUT =
      new Layout(
          List.of(
              tensor("conv.weight", "conv", Kind.WEIGHT, 5000),
              tensor("conv.bias", "conv", Kind.BIAS, 7),
              tensor("bn.running_mean", "bn", Kind.RUNNING_MEAN, 7),
              tensor("bn.running_var", "bn", Kind.RUNNING_VARIANCE, 7),
              tensor("fc.weight", "fc", Kind.WEIGHT, 1)));

  private static Tensor tensor(String name, String layer, Kind kind, int size) {
    return new Tensor(name, layer, List.of(size), kind, new Constant(0));
  }

  @Test
  void shouldCoverEveryTensorOnceInOrder() {
    List<Slice> slices = Slice.cut(LAYOUT, 4096);
    Map<String, Integer> covered = new HashMap<>();
    long end = 0;
    for (Slice slice : slices) {
      assertTrue(slice.from() >= end && slice.count() * 4 <= 4096);
      end = slice.from() + slice.count();
      for (Piece piece : slice.pieces()) {
        long expected =
            LAYOUT.place(piece.tensor().name()).from()
                + covered.getOrDefault(piece.tensor().name(), 0);
        assertEquals(expected, piece.from());
        covered.merge(piece.tensor().name(), piece.count(), Integer::sum);
      }
    }
    LAYOUT
        .places()
        .forEach(place -> assertEquals(place.size(), covered.get(place.tensor().name())));
  }

  @Test
  void shouldNeverMixLayersOrStatisticsWithParameters() {
    List<Slice> slices = Slice.cut(LAYOUT, 1 << 22);
    assertEquals(List.of("conv", "bn", "fc"), slices.stream().map(Slice::layer).toList());
    assertEquals(List.of(false, true, false), slices.stream().map(Slice::statistic).toList());
    assertEquals(List.of(0, 1, 2), slices.stream().map(Slice::id).toList());
  }
}
