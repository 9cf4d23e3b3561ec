package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.MemoryPlan.Lifetime;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  @Test
  void shouldGiveOneBufferAfterTheOtherTheSameMemory() {
    MemoryPlan plan = new MemoryPlan(List.of(new Lifetime(640, 0, 1), new Lifetime(640, 2, 3)));
    assertEquals(0, plan.offset(0));
    assertEquals(0, plan.offset(1));
    assertEquals(640, plan.bytes());
  }

  @Test
  void shouldKeepApartWhatTheSameInstructionTouches() {
    MemoryPlan plan = new MemoryPlan(List.of(new Lifetime(64, 0, 1), new Lifetime(64, 1, 2)));
    assertEquals(128, plan.bytes());
  }

  @Test
  void shouldUseTheSmallestGapThatHoldsABuffer() {
    MemoryPlan plan =
        new MemoryPlan(
            List.of(
                new Lifetime(1024, 0, 1),
                new Lifetime(512, 0, 9),
                new Lifetime(256, 0, 1),
                new Lifetime(128, 0, 9),
                new Lifetime(100, 2, 3)));
    assertEquals(1536, plan.offset(4));
    assertEquals(1920, plan.bytes());
  }

  @Test
  void shouldNeverOverlapInMemoryAndTime() {
    for (int trial = 0; trial < 50; trial++) {
      List<Lifetime> lifetimes = random(RandomStream.of(trial, Purpose.BENCHMARK));
      MemoryPlan plan = new MemoryPlan(lifetimes);
      for (int a = 0; a < lifetimes.size(); a++) {
        assertEquals(0, plan.offset(a) % 64);
        assertTrue(plan.offset(a) + lifetimes.get(a).bytes() <= plan.bytes());
        for (int b = 0; b < a; b++) {
          assertTrue(apart(plan, lifetimes, a, b), a + " and " + b + " of trial " + trial);
        }
      }
    }
  }

  private static List<Lifetime> random(RandomStream stream) {
    List<Lifetime> lifetimes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int first = stream.below(3L * i, 50);
      int last = first + stream.below(3L * i + 1, 10);
      lifetimes.add(new Lifetime(1 + stream.below(3L * i + 2, 1000), first, last));
    }
    return lifetimes;
  }

  private static boolean apart(MemoryPlan plan, List<Lifetime> lifetimes, int a, int b) {
    return !lifetimes.get(a).meets(lifetimes.get(b))
        || plan.offset(a) + lifetimes.get(a).bytes() <= plan.offset(b)
        || plan.offset(b) + lifetimes.get(b).bytes() <= plan.offset(a);
  }
}
