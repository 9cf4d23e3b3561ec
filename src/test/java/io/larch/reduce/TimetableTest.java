package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TimetableTest {
  /** 60,000 samples in steps of 8,192: 7.32 steps an epoch. */
  private static Timetable timetable(double evaluateEpochs, double checkpointEpochs, long steps) {
    return new Timetable(8192, 60_000, 22, 22, evaluateEpochs, true, true, checkpointEpochs, steps);
  }

  private static List<Long> evaluations(Timetable timetable) {
    return LongStream.rangeClosed(1, 22).filter(timetable::evaluateAfter).boxed().toList();
  }

  @Test
  void shouldEvaluateAfterTheStepThatReachesEachEpoch() {
    assertEquals(List.of(8L, 15L, 22L), evaluations(timetable(1, 0, 0)));
    assertEquals(List.of(22L), evaluations(timetable(0, 0, 0)));
  }

  @Test
  void shouldLeaseUpToTheNextStepAfterWhichSomethingIsDue() {
    Timetable timetable = timetable(1, 0, 10);
    assertEquals(8, timetable.leaseAfter(0));
    assertEquals(10, timetable.leaseAfter(8));
    assertEquals(15, timetable.leaseAfter(10));
    assertEquals(22, timetable.leaseAfter(20));
  }

  @Test
  void shouldWriteTheLastCheckpointUnlessThereIsNowhereToWriteIt() {
    assertTrue(timetable(1, 0, 0).checkpointAfter(22));
    assertFalse(timetable(1, 0, 0).withoutCheckpoints().checkpointAfter(22));
    assertTrue(timetable(1, 0, 0).withoutCheckpoints().evaluateAfter(22));
  }

  @Test
  void shouldNotLoseAMarkToRounding() {
    Timetable even = new Timetable(100, 1000, 30, 30, 0.1, false, true, 0, 0);
    assertEquals(30, LongStream.rangeClosed(1, 30).filter(even::evaluateAfter).count());
  }
}
