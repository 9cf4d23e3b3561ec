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

  @Test
  void shouldPauseLongerInLongSteps() {
    looks.begin(1);
    step(4_096_000_000L);
    step(4_096_000_000L);
    looks.worked();
    assertEquals(16_000_000, looks.pauseNs());
    now += 1_000_000_000;
    assertEquals(32_000_000, looks.pauseNs());
    looks.finished();
    assertEquals(2_000_000, looks.pauseNs());
  }

  private void step(long ns) {
    now += ns;
    looks.finished();
    looks.committed();
  }

  @Test
  void shouldTellSeveralLayersAtOnceWhileDevicesCompute() {
    looks.begin(2);
    step(1_600_000_000L);
    step(1_600_000_000L);
    now += 100_000_000;
    assertTrue(looks.isDueToTell());
    now += 99_999_999;
    assertFalse(looks.isDueToTell());
    now += 1;
    assertTrue(looks.isDueToTell());
    assertFalse(looks.isDueToTell());
    looks.finished();
    assertFalse(looks.isDueToTell());
    looks.finished();
    assertTrue(looks.isDueToTell());
    assertTrue(looks.isDueToTell());
  }

  @Test
  void shouldNotTakeAnEvaluationForALongStep() {
    looks.begin(1);
    step(40_000_000);
    step(60_000_000_000L);
    looks.worked();
    assertEquals(200_000, looks.pauseNs());
  }

  @Test
  void shouldPauseBrieflyWhereNoDeviceComputes() {
    looks.begin(1);
    step(4_096_000_000L);
    step(4_096_000_000L);
    looks.worked();
    looks.rest();
    assertEquals(50_000, looks.pauseNs());
  }
}
