package io.larch.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.larch.config.ScheduleSettings;
import io.larch.config.ScheduleSettings.Length;
import io.larch.config.ScheduleSettings.Policy;
import io.larch.config.ScheduleSettings.Rule;
import io.larch.config.ScheduleSettings.WarmupShape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ScheduleTest {
  private static ScheduleSettings polynomial(
      double rate, double end, boolean restart, Length warmup, double start) {
    return new ScheduleSettings(
        Policy.POLYNOMIAL, rate, end, 2, List.of(), 0.1, restart, warmup, start, Rule.NONE, 0);
  }

  private static ScheduleSettings plain(Policy policy, List<Length> boundaries, Length warmup) {
    return new ScheduleSettings(policy, 8, 0, 2, boundaries, 0.1, false, warmup, 0, Rule.NONE, 0);
  }

  private static ScheduleSettings scaled(Rule rule, Length warmup) {
    return new ScheduleSettings(
        Policy.CONSTANT, 0.1, 0, 2, List.of(), 0.1, false, warmup, 0.1, rule, 256);
  }

  @Test
  void shouldDropAsTheWarmUpEndsWhenCountingFromTheStartAsCaffe() {
    ScheduleSettings alexNetBn = polynomial(32, 0, false, Length.steps(400), 1);
    Schedule schedule = Schedule.of(alexNetBn, 32768, 40, 4000);

    assertEquals(1, schedule.rate(1), "the first step gets the start rate");
    assertEquals(1 + 31 * 399 / 400.0, schedule.rate(400), 1e-12);
    assertEquals(32 * 0.9 * 0.9, schedule.rate(401), 1e-12, "32 becomes 25.92");
    assertEquals(32.0 / 4000 / 4000, schedule.rate(4000), 1e-15);
  }

  @Test
  void shouldStartAtTheShareThatTwelveOfAHundredEpochsLeave() {
    Schedule schedule =
        Schedule.of(polynomial(40, 0, false, Length.epochs(12), 0), 32768, 40, 4000);

    assertEquals(0.7744, schedule.rate(481) / 40, 1e-12);
  }

  /**
   * Google's GNMT at a batch of 4,096 (MLPerf v0.6): 150 steps of warm-up, halved from 4,000 on.
   */
  @Test
  void shouldWarmUpExponentiallyAndHalveFourTimesAsMlperf() {
    ScheduleSettings gnmt =
        new ScheduleSettings(
            Policy.STEP,
            3.5e-3,
            0,
            2,
            Stream.of(4000.0, 4300.0, 4600.0, 4900.0).map(Length::steps).toList(),
            0.5,
            false,
            Length.steps(150),
            WarmupShape.EXPONENTIAL,
            0,
            Rule.NONE,
            0);
    Schedule schedule = Schedule.of(gnmt, 4096, 863, 8630);

    assertEquals(3.5e-5, schedule.rate(1), 1e-18, "a hundredth");
    assertEquals(3.5e-4, schedule.rate(76), 1e-15, "a tenth in the middle");
    assertEquals(3.5e-3, schedule.rate(151), 1e-15);
    assertEquals(3.5e-3, schedule.rate(4000), 1e-15);
    assertEquals(3.5e-3 / 2, schedule.rate(4001), 1e-15);
    assertEquals(3.5e-3 / 8, schedule.rate(4900), 1e-15);
    assertEquals(3.5e-3 / 16, schedule.rate(8630), 1e-15);
  }

  @Test
  void shouldStartAnewAfterTheWarmUpAsOnTpus() {
    double end = 1e-4;
    Schedule schedule = Schedule.of(polynomial(31.2, end, true, Length.steps(25), 0), 32768, 1, 90);

    assertEquals(0, schedule.rate(1));
    assertEquals(31.2 * 24 / 25, schedule.rate(25), 1e-12);
    assertEquals(31.2, schedule.rate(26), 1e-12, "the full rate as the warm-up ends");
    double p = (89 - 25) / (90 - 25 + 1.0);
    assertEquals(end + (31.2 - end) * (1 - p) * (1 - p), schedule.rate(90), 1e-12);
  }

  @Test
  void shouldStayAtItsEndAfterTheLastStep() {
    Schedule schedule = Schedule.of(polynomial(2, 0.5, false, Length.steps(0), 0), 1, 1, 10);

    assertEquals(2, schedule.rate(1));
    assertEquals(0.5, schedule.rate(11));
    assertEquals(0.5, schedule.rate(1000));
  }

  @Test
  void shouldStepAtBoundariesInEpochsAndSteps() {
    List<Length> boundaries = List.of(Length.epochs(2.5), Length.steps(80));
    Schedule schedule = Schedule.of(plain(Policy.STEP, boundaries, Length.steps(0)), 256, 20, 100);

    assertEquals(8, schedule.rate(50));
    assertEquals(0.8, schedule.rate(51), 1e-12, "50 updates are 2.5 epochs");
    assertEquals(0.8, schedule.rate(80), 1e-12);
    assertEquals(0.08, schedule.rate(81), 1e-12);
  }

  @Test
  void shouldHalveAtTheMiddleOfACosine() {
    Schedule schedule = Schedule.of(plain(Policy.COSINE, List.of(), Length.steps(0)), 256, 20, 100);

    assertEquals(8, schedule.rate(1));
    assertEquals(4, schedule.rate(51), 1e-12);
    assertEquals(4 * (1 + Math.cos(Math.PI * 0.99)), schedule.rate(100), 1e-12);
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  void shouldBearAWarmUpLongerThanTheRun(Policy policy) {
    List<Length> boundaries = List.of(Length.steps(3));
    Schedule schedule = Schedule.of(plain(policy, boundaries, Length.epochs(4)), 256, 10, 20);

    for (int step = 1; step <= 20; step++) {
      assertEquals(8 * (step - 1) / 40.0, schedule.rate(step), 1e-12);
    }
  }

  @Test
  void shouldKeepFractionsOfAWarmUp() {
    Schedule schedule =
        Schedule.of(plain(Policy.CONSTANT, List.of(), Length.epochs(0.6)), 4096, 14.5, 44);

    assertEquals(8.7, schedule.warmupSteps(), 1e-12);
    assertEquals(8 * 8 / 8.7, schedule.rate(9), 1e-12);
    assertEquals(8, schedule.rate(10));
  }

  @ParameterizedTest
  @CsvSource({
    "NONE,        0.1, 5",
    "LINEAR,      3.2, 5",
    "SQUARE_ROOT, 0.565685424949238, 5",
    "LEGW,        0.565685424949238, 160",
  })
  void shouldDeriveRateAndWarmUpFromTheBaseBatch(Rule rule, double rate, double epochs) {
    Schedule schedule = Schedule.of(scaled(rule, Length.epochs(5)), 8192, 10, 900);

    assertEquals(rate, schedule.peak(), 1e-12);
    assertEquals(epochs * 10, schedule.warmupSteps(), 1e-9);
    assertEquals(0.1, schedule.rate(1), "the start of the warm-up is not scaled");
  }

  @Test
  void shouldKeepTheNumberOfWarmUpStepsWithLegw() {
    double samples = 1_281_167;
    Schedule base = Schedule.of(scaled(Rule.LEGW, Length.epochs(0.3125)), 256, samples / 256, 1000);
    Schedule large =
        Schedule.of(scaled(Rule.LEGW, Length.epochs(0.3125)), 8192, samples / 8192, 1000);
    Schedule steps = Schedule.of(scaled(Rule.LEGW, Length.steps(200)), 8192, 10, 1000);

    assertEquals(base.warmupSteps(), large.warmupSteps(), 1e-9);
    assertEquals(200, steps.warmupSteps());
  }

  @Test
  void shouldSampleTheCurveFromFirstToLastStep() {
    Schedule schedule =
        Schedule.of(plain(Policy.CONSTANT, List.of(), Length.steps(5)), 256, 10, 21);

    RateCurve curve = RateCurve.sample(schedule, 21, 10, 5);

    assertEquals(
        List.of(1L, 6L, 11L, 16L, 21L), curve.rows().stream().map(RateCurve.Row::step).toList());
    assertEquals(new RateCurve.Row(11, 1, 8), curve.rows().get(2));
    assertEquals(21, RateCurve.sample(schedule, 21, 10, 500).rows().size());
    assertEquals(1, RateCurve.sample(schedule, 1, 10, 500).rows().size());
  }

  @Test
  void shouldPlotTheCurve() {
    Schedule schedule =
        Schedule.of(plain(Policy.CONSTANT, List.of(), Length.steps(4)), 256, 10, 13);

    List<String> plot = RateCurve.sample(schedule, 13, 10, 13).plot(3);

    assertEquals(
        List.of(
            "     8.000 |   **********",
            "     4.000 | **",
            "     0.000 |*",
            "           +-------------",
            "            step 1     13"),
        plot);
  }
}
