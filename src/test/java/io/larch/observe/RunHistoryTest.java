package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.observe.Curves.Band;
import io.larch.observe.RunHistory.Heat;
import io.larch.observe.RunHistory.TensorFigure;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunHistoryTest {
  /** Whatever the numbers, a point has the least, greatest and mean value of the steps up to it. */
  @ParameterizedTest
  @CsvSource({"1, 10", "7, 10", "100, 10", "5000, 64", "100000, 1000"})
  void shouldKeepLeastGreatestAndMean(int steps, int points) {
    double[] values = new Random(1).doubles(steps).map(v -> Math.rint(v * 1e5)).toArray();
    Curves curves = new Curves(List.of("value"));
    IntStream.range(0, steps).forEach(i -> curves.add(i + 1, values[i]));
    Curves.View view = curves.view(points);
    Band band = view.figures().get("value");
    assertTrue(view.steps().size() <= points, view.steps()::toString);
    assertEquals(steps, view.steps().get(view.steps().size() - 1));
    int from = 0;
    for (int i = 0; i < view.steps().size(); i++) {
      int to = view.steps().get(i).intValue();
      double[] own = DoubleStream.of(values).skip(from).limit(to - from).toArray();
      assertEquals(DoubleStream.of(own).min().orElseThrow(), band.least().get(i));
      assertEquals(DoubleStream.of(own).max().orElseThrow(), band.greatest().get(i));
      double mean = DoubleStream.of(own).average().orElseThrow();
      assertEquals(mean, band.mean().get(i), 1e-5 * Math.abs(mean));
      from = to;
    }
  }

  @Test
  void shouldLeaveOutWhatIsNotFinite() {
    Curves curves = new Curves(List.of("a", "b"));
    curves.add(1, Double.NaN, 2);
    assertEquals(List.of(2.0), curves.view(10).figures().get("b").mean());
    assertEquals(1, curves.view(10).figures().get("a").mean().size());
    assertEquals(null, curves.view(10).figures().get("a").mean().get(0));
  }

  /** Layers are told of every step at first and then ever more seldom. */
  @Test
  void shouldShowTensorsInColumns() {
    RunHistory history = new RunHistory();
    for (long step = 1; step <= 20_000; step++) {
      if (Event.Layers.isToldOf(step)) {
        history.on(
            new Event.Layers(
                step,
                List.of(
                    new TensorFigures("a", 1, (double) step, 0.5),
                    new TensorFigures("b", 4, 2, 0.25))));
      }
    }
    Heat heat = history.heat(TensorFigure.GRADIENT, 100);
    assertEquals(List.of("a", "b"), heat.tensors());
    assertTrue(heat.steps().size() <= 100);
    assertEquals(20_000, heat.steps().get(heat.steps().size() - 1));
    assertTrue(heat.values().get(1).stream().allMatch(v -> v == 2.0));
    List<Double> growing = heat.values().get(0);
    assertTrue(
        IntStream.range(1, growing.size()).allMatch(i -> growing.get(i) > growing.get(i - 1)));
  }

  @Test
  void shouldKeepTheLastOfAllElse() {
    RunHistory history = new RunHistory();
    history.on(new Event.Generation(1, 0, "the run begins"));
    for (int i = 0; i < 2_000; i++) {
      history.on(new Event.Warning("warning " + i));
    }
    RunHistory.View view = history.view(10);
    assertEquals(1_000, view.warnings().size());
    assertEquals("warning 1999", view.warnings().get(999));
    assertEquals("the run begins", view.generations().get(0).reason());
  }
}
