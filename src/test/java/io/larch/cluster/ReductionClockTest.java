package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.larch.coordinate.Laps;
import io.larch.observe.DevicePhases;
import io.larch.observe.NodePhases;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReductionClockTest {
  private static final long SECOND = 1_000_000_000L;

  private long now;
  private final ReductionClock clock = new ReductionClock(() -> now);

  private void at(int seconds, Runnable event) {
    now = seconds * SECOND;
    event.run();
  }

  /** On the way are a slice from 2 to 5, two from 4 to 6 and 8, and one from 10 to 12. */
  private void run() {
    at(2, () -> clock.departed(1));
    at(4, () -> clock.departed(2));
    at(5, clock::arrived);
    at(6, clock::arrived);
    at(8, clock::arrived);
    at(9, () -> clock.departed(0));
    at(10, () -> clock.departed(1));
    at(12, clock::arrived);
  }

  @Test
  void shouldCountTimesInWhichAnythingWasUnderWayOnce() {
    run();
    assertEquals(8 * SECOND, clock.underWayNs());
    assertEquals(0, clock.underWayUntil(SECOND));
    assertEquals(5 * SECOND, clock.underWayUntil(7 * SECOND));
    assertEquals(7 * SECOND, clock.underWayUntil(11 * SECOND));
  }

  @Test
  void shouldForgetTheStep() {
    run();
    clock.updated(SECOND);
    clock.clear();
    assertEquals(0, clock.underWayNs());
    assertEquals(0, clock.updateNs());
  }

  @Test
  void shouldCallHiddenWhatWasUnderWayBeforeTheLastDeviceWasDone() {
    run();
    clock.updated(SECOND);
    List<Laps> devices = List.of(laps(5), laps(11));
    NodePhases phases = StepPhases.of("one", false, devices, clock, 15 * SECOND, 16 * SECOND);
    assertEquals(
        new NodePhases(
            "one",
            List.of(new DevicePhases(1, 2, 3, 4, 11), new DevicePhases(1, 2, 3, 4, 5)),
            1,
            1,
            8.0,
            7.0 / 8),
        phases);
  }

  private static Laps laps(int endSeconds) {
    return new Laps(SECOND, 2 * SECOND, 3 * SECOND, 4 * SECOND, endSeconds * SECOND);
  }
}
