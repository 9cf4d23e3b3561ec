package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ProgressWatchTest {
  private final ProgressWatch watch = new ProgressWatch(10, 100);

  @Test
  void shouldStaySilentWhileAnythingMoves() {
    for (int i = 1; i < 50; i++) {
      assertFalse(watch.isStalled(i, true, 100 + 9L * i));
    }
  }

  @Test
  void shouldSpeakOnceALimitWhileNothingMoves() {
    assertFalse(watch.isStalled(0, true, 109));
    assertTrue(watch.isStalled(0, true, 110));
    assertFalse(watch.isStalled(0, true, 119));
    assertTrue(watch.isStalled(0, true, 120));
  }

  @Test
  void shouldNotCountTheTimeInWhichThereIsNothingToDo() {
    assertFalse(watch.isStalled(0, false, 1000));
    assertFalse(watch.isStalled(0, true, 1009));
    assertTrue(watch.isStalled(0, true, 1010));
  }
}
