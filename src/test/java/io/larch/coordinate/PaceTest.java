package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.coordinate.Assignment.Share;
import io.larch.coordinate.Pace.Finding;
import io.larch.observe.DevicePhases;
import io.larch.observe.NodePhases;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Four nodes with a device each, whose seconds a lane are given. */
class PaceTest {
  private static final int LANES = 64;
  private static final List<Party> PARTIES =
      List.of("a", "b", "c", "d").stream().map(name -> new Party(name, null, 1)).toList();

  private final Pace pace = new Pace(LANES);
  private List<Share> shares = LaneDeal.deal(LANES, PARTIES, Map.of(), Map.of());
  private final List<Finding> findings = new ArrayList<>();

  PaceTest() {
    pace.begin(shares);
  }

  private int lanes(int node) {
    return shares.get(node).devices().get(0).count();
  }

  /** A step that nothing delays but the devices, each so fast. */
  private double step(double... secondsALane) {
    double seconds = 0;
    List<NodePhases> nodes = new ArrayList<>();
    for (int i = 0; i < secondsALane.length; i++) {
      double busy = lanes(i) * secondsALane[i];
      seconds = Math.max(seconds, busy);
      nodes.add(node(i, 0, busy, 0.0));
    }
    tell(seconds, nodes);
    return seconds;
  }

  private static NodePhases node(int number, double data, double busy, double communication) {
    DevicePhases device = new DevicePhases(data, 0, busy / 3, 2 * busy / 3, 0);
    return new NodePhases(
        PARTIES.get(number).name(), List.of(device), 0, 0, communication, /* hidden= */ 1.0);
  }

  private void tell(double seconds, List<NodePhases> nodes) {
    Optional<Finding> finding = pace.stepped(seconds, nodes);
    finding.ifPresent(findings::add);
    if (finding.filter(Finding::moves).isPresent()) {
      Map<String, List<Lanes>> had = new HashMap<>();
      shares.forEach(share -> had.put(share.node(), share.devices()));
      shares = LaneDeal.deal(LANES, PARTIES, had, pace.speeds());
      pace.begin(shares);
    }
  }

  private long moves() {
    return findings.stream().filter(Finding::moves).count();
  }

  @Test
  void shouldGiveADeviceHalfAsFastHalfOfTheLanesAndLeaveItAtThat() {
    double before = step(0.1, 0.1, 0.2, 0.1);
    for (int i = 0; i < 500; i++) {
      step(0.1, 0.1, 0.2, 0.1);
    }
    for (int node = 0; node < 4; node++) {
      assertEquals(LANES * (node == 2 ? 0.5 : 1) / 3.5, lanes(node), 1, "to a whole lane");
    }
    assertEquals(3.2, before, 1e-9);
    assertEquals(1.9, step(0.1, 0.1, 0.2, 0.1), 1e-9);
    assertEquals(1, findings.size(), findings::toString);
    assertEquals(
        "device 0 of c takes 2.0 times as long for a lane as the others, 200 ms instead of 100, by computing",
        findings.get(0).text());
  }

  @Test
  void shouldMoveLanesToADeviceThatIsFasterThanTheOthers() {
    for (int i = 0; i < 100; i++) {
      step(0.1, 0.1, 0.1, 0.05);
    }
    assertEquals(2.0, (double) lanes(3) / lanes(0), 0.1);
  }

  @Test
  void shouldNotMoveLanesBeforeTwoWindowsHaveShownIt() {
    for (double seconds = 0; seconds < 10; ) {
      seconds += step(0.1, 0.1, 0.1, 0.05);
      assertEquals(0, moves());
    }
    while (moves() == 0) {
      step(0.1, 0.1, 0.1, 0.05);
    }
  }

  @Test
  void shouldTakeNoPauseForAHabit() {
    for (int i = 0; i < 300; i++) {
      boolean paused = i % 20 == 7;
      step(0.02, paused ? 2 : 0.02, 0.02, 0.02);
    }
    assertEquals(List.of(), findings);
  }

  @Test
  void shouldLeaveLanesWhereTheyAreForLessThanATenth() {
    for (int i = 0; i < 300; i++) {
      step(0.1, 0.1, 0.105, 0.1);
    }
    assertEquals(List.of(), findings);
  }

  /** Where all wait for something else, the same difference of devices is little. */
  @Test
  void shouldLeaveLanesWhereTheyAreIfTheStepIsNotShorterForIt() {
    for (int i = 0; i < 100; i++) {
      tell(20, List.of(node(0, 0, 2, 18), node(1, 0, 1, 18), node(2, 0, 1, 19), node(3, 0, 1, 18)));
    }
    assertEquals(0, moves());
    assertEquals(1, findings.size(), "said once");
    assertEquals(
        "steps wait 90 % of their time for what travels between nodes; slices are under way longest on c, 19000 ms a step",
        findings.get(0).text());
  }

  /** The slow one is another whenever lanes have moved. */
  @Test
  void shouldTakeTwiceAsLongEachTime() {
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      long before = moves();
      step(before % 2 == 0 ? 0.2 : 0.1, before % 2 == 0 ? 0.1 : 0.2, 0.1, 0.1);
      if (moves() > before) {
        at.add(i);
      }
    }
    assertTrue(at.size() >= 4 && at.size() <= 9, at::toString);
    for (int i = 2; i < at.size(); i++) {
      double longer = (double) (at.get(i) - at.get(i - 1)) / (at.get(i - 1) - at.get(i - 2));
      assertTrue(longer > 1.5, at::toString);
    }
  }

  @Test
  void shouldSayThatADeviceWaitsForData() {
    for (int i = 0; i < 100 && findings.isEmpty(); i++) {
      tell(9, List.of(node(0, 0, 3, 0), node(1, 6, 3, 0), node(2, 0, 3, 0), node(3, 0, 3, 0)));
    }
    assertTrue(findings.get(0).moves());
    assertTrue(findings.get(0).text().endsWith("by waiting for data"), findings::toString);
  }

  /** With one lane each there is nothing to move. */
  @Test
  void shouldNameTheSlowThoughLanesCannotHelp() {
    Pace few = new Pace(4);
    List<Share> one = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      one.add(new Share(PARTIES.get(i).name(), null, List.of(Lanes.of(new LaneRange(i, i + 1)))));
    }
    few.begin(one);
    for (int i = 0; i < 100; i++) {
      few.stepped(
              3, List.of(node(0, 0, 1, 0), node(1, 0, 1, 0), node(2, 0, 1, 0), node(3, 0, 3, 0)))
          .ifPresent(findings::add);
    }
    assertEquals(1, findings.size(), findings::toString);
    assertFalse(findings.get(0).moves());
    assertTrue(findings.get(0).text().startsWith("device 0 of d takes 3.0 times"));
  }
}
