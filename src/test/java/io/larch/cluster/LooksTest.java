package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LooksTest {
  private long now = 1_000_000_000;
  private final Looks looks = new Looks(() -> now);

  @Test
  void shouldFollowAtOnceAfterWorkAndPauseLongerTheLongerThereIsNothing() {
    looks.worked();
    assertTrue(looks.isEager());
    now += 20_000;
    assertFalse(looks.isEager());
    assertEquals(50_000, looks.pauseNs());
    now += 7_980_000;
    assertEquals(1_000_000, looks.pauseNs());
    now += 1_000_000_000;
    assertEquals(2_000_000, looks.pauseNs());
  }

  @Test
  void shouldPauseLongerWhileDevicesCompute() {
    looks.begin(2);
    looks.worked();
    assertEquals(200_000, looks.pauseNs());
    looks.finished();
    now += 1_000_000;
    assertEquals(500_000, looks.pauseNs());
    looks.finished();
    assertEquals(125_000, looks.pauseNs());
    looks.committed();
    assertEquals(500_000, looks.pauseNs());
  }
}
