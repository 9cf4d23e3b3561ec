package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.Outcome;
import io.larch.observe.Event;
import io.larch.observe.TensorFigures;
import io.larch.reduce.Timetable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NoiseScaleTest {
  private final NoiseScale noise = new NoiseScale();

  private static LaneOutcome lane(int lane, long samples, double squares) {
    return new LaneOutcome(lane, new Outcome(0, 0, 0, samples), squares);
  }

  private static List<TensorFigures> gradient(double norm) {
    return List.of(new TensorFigures("w", 1, norm, 1));
  }

  /**
   * Two samples in one dimension, each a lane: gradients 3 and 1. The unbiased estimates are tr Σ =
   * ((3 − 2)² + (1 − 2)²) / 1 = 2 and ‖G‖² = 2² − 2/2 = 3.
   */
  @Test
  void shouldFollowTheClosedFormOfTwoSamples() {
    List<LaneOutcome> lanes = List.of(lane(0, 1, 9), lane(1, 1, 1));
    Event.Noise told = noise.measured(10, lanes, gradient(2)).orElseThrow();
    assertEquals(2.0 / 3, told.scale(), 1e-12);
    assertEquals(10, told.step());
  }

  /** Gradients of mean 0.1 and deviation 1 in 64 dimensions: tr Σ = 64, ‖G‖² = 0.64, scale 100. */
  @Test
  void shouldFindTheScaleOfGradientsOfKnownDistribution() {
    Random random = new Random(1);
    Event.Noise told = null;
    for (int step = 0; step < 500; step++) {
      double[] sum = new double[64];
      List<LaneOutcome> lanes = new ArrayList<>();
      for (int l = 0; l < 8; l++) {
        lanes.add(lane(l, 32, lane(random, 32, sum)));
      }
      double squares = 0;
      for (double value : sum) {
        squares += value * value / (256.0 * 256.0);
      }
      told = noise.measured(step, lanes, gradient(Math.sqrt(squares))).orElseThrow();
    }
    assertEquals(100, told.scale(), 25);
  }

  private static double lane(Random random, int samples, double[] sum) {
    double squares = 0;
    for (int i = 0; i < sum.length; i++) {
      double own = 0.1 * samples + Math.sqrt(samples) * random.nextGaussian();
      squares += own * own;
      sum[i] += own;
    }
    return squares;
  }

  @Test
  void shouldGiveNoScaleWhereTheGradientIsLostInNoise() {
    List<LaneOutcome> lanes = List.of(lane(0, 1, 1), lane(1, 1, 1));
    assertNull(noise.measured(10, lanes, gradient(0)).orElseThrow().scale());
  }

  @Test
  void shouldSayNothingOfWhatIsNotFiniteOrNotKnown() {
    List<LaneOutcome> lanes = List.of(lane(0, 1, Double.NaN), lane(1, 1, 1));
    assertTrue(noise.measured(10, lanes, gradient(1)).isEmpty());
    assertTrue(noise.measured(10, List.of(lane(0, 1, 1)), gradient(1)).isEmpty(), "one lane");
    assertTrue(noise.measured(10, List.of(lane(0, 0, 1), lane(1, 2, 1)), gradient(1)).isEmpty());
  }

  @Test
  void shouldBeToldNineTimesUntilTenTimesAsManySteps() {
    Timetable timetable = new Timetable(8, 8, 10_000, 10_000, 0, false, false, 0, 0);
    RunPlan plan = new RunPlan(timetable, step -> 1, 2, 0, List.of(), true);
    int told = 0;
    for (long step = 1; step <= 10_000; step++) {
      told += plan.measuresNoise(step) && plan.tellsNoise(step) ? 1 : 0;
    }
    assertEquals(28, told, "9 until 90, until 900 and until 9,000, and at 10,000");
    assertFalse(new RunPlan(timetable, s -> 1, 2, 0, List.of(), false).measuresNoise(10));
  }
}
