package io.larch.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SimulationTest {
  private static final int STEPS = 10;
  private static final int MOST_FAULTS = 8;

  private static void shouldHold(Schedule schedule) {
    assertEquals(Optional.empty(), Simulation.failure(schedule));
  }

  @Test
  void shouldKeepEveryPromiseUnderFiveHundredSchedules() {
    IntStream.range(0, 500).parallel().forEach(seed -> shouldHold(small(seed)));
  }

  @Test
  @Tag("gate")
  void shouldKeepEveryPromiseUnderTenThousandSchedules() {
    IntStream.range(500, 10_500).parallel().forEach(seed -> shouldHold(small(seed)));
  }

  @Test
  @Tag("gate")
  void shouldKeepEveryPromiseOfThousandsOfNodes() {
    IntStream.range(0, 1000)
        .parallel()
        .forEach(seed -> shouldHold(Schedule.random(seed, 1024 + seed, 4, MOST_FAULTS)));
  }

  /** 2 to 64 nodes, few more often than many. */
  private static Schedule small(int seed) {
    int most = 2 << (seed % 6);
    return Schedule.random(seed, 2 + seed / 6 % most, STEPS, MOST_FAULTS);
  }

  @Test
  void shouldNotChangeWithoutFaults() {
    Simulation.Result result = Simulation.run(new Schedule(1, 5, 16, STEPS, List.of()));
    assertEquals(1, result.generations());
    assertEquals(result, Simulation.run(new Schedule(1, 5, 16, STEPS, List.of())));
  }

  /**
   * Slow until long after the end, so that lanes are dealt by speed; other things happen besides.
   */
  @Test
  void shouldKeepEveryPromiseWhereLanesAreDealtBySpeed() {
    long dealtAgain =
        IntStream.range(0, 20).parallel().filter(SimulationTest::shouldHoldAndDealAgain).count();
    assertEquals(20, dealtAgain);
  }

  private static boolean shouldHoldAndDealAgain(int seed) {
    Schedule slow =
        Schedule.parse(
            "run seed=%d nodes=4 lanes=32 steps=200\nslow 0.0 1000.0 n00001 8".formatted(seed));
    shouldHold(slow);
    List<Fault> faults = new ArrayList<>(slow.faults());
    faults.add(new Fault.Crash(15, "n00000"));
    faults.add(new Fault.Join(20, "n00004"));
    shouldHold(new Schedule(seed, 4, 32, 200, faults));
    return Simulation.run(slow).generations() > 1;
  }

  /** A worker breaks in mid-step, when one node may be ahead of the others, and no other is fed. */
  @Test
  void shouldGoOnWhereWhoIsAheadDiesBeforeItHasFedTheOthers() {
    IntStream.range(0, 250)
        .parallel()
        .mapToObj(SimulationTest::whoIsAheadDies)
        .forEach(SimulationTest::shouldHold);
  }

  private static Schedule whoIsAheadDies(int seed) {
    Fault broken = new Fault.Break(0.1 + seed * 1e-3, "n00001");
    return new Schedule(seed, 4, 16, STEPS, List.of(new Fault.CrashFeeder(0), broken));
  }

  /**
   * Who asked before an optimizer began again, and had nothing to report, asks again only when the
   * others have been answered and it has begun again once more. So they forget twice in a second,
   * then remember for longer than it takes all nodes to repeat their squares, which must do without
   * a new generation. Every node has one device with one lane, so lanes are never dealt by speed.
   */
  @Test
  void shouldGoOnWhereOptimizersForgetAllTheTime() {
    IntStream.range(0, 4).parallel().forEach(SimulationTest::shouldGoOnThoughOptimizersForget);
  }

  private static void shouldGoOnThoughOptimizersForget(int seed) {
    int nodes = 128;
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      double at = 2 * i + 0.1 * seed - (i % 2);
      for (int node = 0; node < nodes; node++) {
        faults.add(new Fault.Forget(at, Schedule.name(node)));
      }
    }
    Schedule forgetful = new Schedule(seed, nodes, nodes, 20, faults);
    assertEquals(1, Simulation.run(forgetful).generations());
  }

  @Test
  void shouldMeetEveryKindOfFault() {
    long kinds =
        IntStream.range(0, 500)
            .boxed()
            .flatMap(seed -> small(seed).faults().stream())
            .map(Object::getClass)
            .distinct()
            .count();
    assertEquals(Fault.class.getPermittedSubclasses().length, kinds);
  }

  @Test
  void shouldFindLayersThatAreCommittedInPart() {
    assertTrue(isFound(new Rules(false, true, true)));
  }

  @Test
  void shouldFindFramesOfOlderGenerations() {
    assertTrue(isFound(new Rules(true, false, true)));
  }

  @Test
  void shouldFindSumsThatAreNotOfTheTree() {
    assertTrue(isFound(new Rules(true, true, false)));
  }

  private static boolean isFound(Rules rules) {
    return IntStream.range(0, 500)
        .anyMatch(seed -> Simulation.failure(small(seed), rules).isPresent());
  }

  @Test
  void shouldRepeatAFailureFromItsText() {
    Rules broken = new Rules(false, true, true);
    String failure = Simulation.failure(small(3), broken).orElseThrow();
    String[] parts = failure.split("\n", 2);
    Schedule least = Schedule.parse(parts[1]);
    assertTrue(least.faults().size() <= small(3).faults().size());
    assertEquals(failure, Simulation.failure(least, broken).orElseThrow());
  }

  @Test
  void shouldReadWhatItWrites() {
    for (int seed = 0; seed < 100; seed++) {
      assertEquals(small(seed), Schedule.parse(small(seed).toString()));
    }
  }

  /** The floats of a gradient are so different in size that another order of addition shows. */
  @Test
  void shouldShowTheOrderOfAdditionsInMostSums() {
    long shown = IntStream.range(0, 1000).filter(SimulationTest::showsOrder).count();
    assertTrue(shown > 900, shown + " of 1000");
  }

  private static boolean showsOrder(int step) {
    float[][] g = new float[3][];
    for (int lane = 0; lane < 3; lane++) {
      g[lane] = ToyModel.gradient(7, ToyModel.SLICES.get(0), step, lane);
    }
    return !Arrays.equals(plus(plus(g[0], g[1]), g[2]), plus(g[0], plus(g[1], g[2])));
  }

  private static float[] plus(float[] left, float[] right) {
    float[] sum = new float[left.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }
}
