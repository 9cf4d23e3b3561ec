package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.coordinate.NormDesk.Complete;
import io.larch.model.Initializer.Constant;
import io.larch.model.Layout;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.Slice;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NormDeskTest {
  private static final GenerationId FIRST = new GenerationId(1, 5);
  private static final GenerationId SECOND = new GenerationId(2, 5);

  private static final List<Slice> SLICES =
      Slice.cut(
          new Layout(
              List.of(new Tensor("fc.weight", "fc", List.of(2048), Kind.WEIGHT, new Constant(0)))),
          4096);

  private final NormDesk<String> desk = new NormDesk<>(SLICES);

  private static Squares squares(int slice, double of) {
    return new Squares(slice, List.of(of), List.of(of));
  }

  private Optional<Complete<String>> report(
      GenerationId generation, long step, String node, Squares... squares) {
    return desk.report(generation, step, List.of(squares), node);
  }

  @Test
  void shouldAnswerAllWhoAskedOnceTheLastSliceIsIn() {
    assertEquals(2, SLICES.size());
    assertTrue(report(FIRST, 1, "a", squares(0, 9)).isEmpty());
    assertTrue(report(FIRST, 1, "b").isEmpty());
    Complete<String> complete = report(FIRST, 1, "c", squares(1, 16)).orElseThrow();
    assertEquals(List.of("a", "b", "c"), complete.askers());
    assertEquals(5.0, complete.norms().get(0).weight());
  }

  @Test
  void shouldAnswerInEachStepWhoHasAskedOnceInTheGeneration() {
    report(FIRST, 1, "b");
    report(FIRST, 1, "a", squares(0, 9), squares(1, 16));
    assertEquals(
        List.of("b", "a"),
        report(FIRST, 2, "a", squares(0, 1), squares(1, 3)).orElseThrow().askers());
    assertEquals(
        List.of("a"), report(SECOND, 3, "a", squares(0, 1), squares(1, 3)).orElseThrow().askers());
  }

  @Test
  void shouldAnswerOnlyWhoAsksAgain() {
    report(FIRST, 1, "a", squares(0, 9));
    report(FIRST, 1, "b", squares(1, 16));
    Complete<String> again = report(FIRST, 1, "a", squares(0, 9)).orElseThrow();
    assertEquals(List.of("a"), again.askers());
    assertEquals(5.0, again.norms().get(0).weight());
  }

  /** Who has nothing to report asks for the next step at its beginning, when others may lag. */
  @Test
  void shouldAnswerForTheStepBeforeTheNewest() {
    report(FIRST, 1, "a", squares(0, 9), squares(1, 16));
    assertTrue(report(FIRST, 2, "b").isEmpty());
    Complete<String> late = report(FIRST, 1, "c").orElseThrow();
    assertEquals(List.of("c"), late.askers());
    assertEquals(5.0, late.norms().get(0).weight());
    assertEquals(
        List.of("a", "b", "c"),
        report(FIRST, 2, "a", squares(0, 1), squares(1, 3)).orElseThrow().askers());
  }

  @Test
  void shouldAnswerForTheStepBeforeTheNewestThoughItBeganAgainSince() {
    assertTrue(report(FIRST, 2, "b").isEmpty());
    assertTrue(report(FIRST, 1, "c").isEmpty());
    Complete<String> late = report(FIRST, 1, "a", squares(0, 9), squares(1, 16)).orElseThrow();
    assertEquals(List.of("b", "c", "a"), late.askers());
    assertEquals(5.0, late.norms().get(0).weight());
  }

  @Test
  void shouldDropWhatIsReportedOfAnOlderStepOrGeneration() {
    report(FIRST, 1, "a", squares(0, 9));
    assertTrue(report(FIRST, 3, "b", squares(1, 16)).isEmpty());
    assertTrue(report(FIRST, 1, "a", squares(1, 9)).isEmpty());
    assertTrue(report(SECOND, 1, "a", squares(0, 4)).isEmpty());
    assertTrue(report(FIRST, 3, "b", squares(0, 9)).isEmpty());
    assertEquals(List.of("a", "c"), report(SECOND, 1, "c", squares(1, 5)).orElseThrow().askers());
  }
}
