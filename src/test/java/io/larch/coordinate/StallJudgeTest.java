package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.observe.Absence;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Node {@code a} judges twice a second; of the others each answers at once, or not at all. */
class StallJudgeTest {
  private static final Instant MIDNIGHT = Instant.parse("2026-01-01T00:00:00Z");
  private static final Set<String> ALL = Set.of("b", "c", "d");
  private static final long HALF_SECOND = Duration.ofMillis(500).toNanos();

  private final StallJudge judge = new StallJudge();
  private final Map<String, Standing> awake = new HashMap<>();
  private Standing own = standing("a", false, 1);
  private long nowNs;

  private static Standing standing(String node, boolean computing, long progress, Wait... waits) {
    return new Standing(node, 7, "step", computing, progress, List.of(waits));
  }

  private static Wait sums(String node, String layer) {
    return new Wait(node, "reduction", layer, "partial sums");
  }

  /** Goes on half a second at a time; returns who is missing in the end. */
  private List<Absence> after(double seconds) {
    List<Absence> missing = List.of();
    for (long end = nowNs + (long) (seconds * 1e9); nowNs < end; ) {
      nowNs += HALF_SECOND;
      judge.stands(own, nowNs);
      for (String node : judge.toAsk(ALL, nowNs)) {
        if (awake.containsKey(node)) {
          judge.answered(awake.get(node), nowNs);
        }
      }
      missing = judge.missing(nowNs, MIDNIGHT.plusNanos(nowNs));
    }
    return missing;
  }

  private Set<String> namesAfter(double seconds) {
    Set<String> names = new TreeSet<>();
    after(seconds).forEach(absence -> names.add(absence.node()));
    return names;
  }

  @Test
  void shouldNameWithinFiveSecondsWhoIsSilent() {
    after(0.5);
    own = standing("a", false, 1, sums("c", "conv1"), sums("c", "conv2"));
    Absence absence = after(4.5).get(0);
    assertEquals("c", absence.node());
    assertEquals("conv1", absence.layer());
    assertEquals("reduction", absence.phase());
    assertEquals(7, absence.step());
    assertEquals(MIDNIGHT.plusMillis(500).toEpochMilli(), absence.sinceMillis());
    assertEquals(
        "node c is silent since 00:00:00Z: step 7 waits for partial sums of layer conv1 and 1 more (reduction)",
        absence.text());
  }

  @Test
  void shouldPassOverWhoOnlyWaitsItself() {
    own = standing("a", false, 1, sums("b", "conv1"));
    awake.put("b", standing("b", false, 1, sums("c", "conv2")));
    awake.put("c", standing("c", false, 1, sums("d", "conv3")));
    List<Absence> missing = after(7);
    assertEquals(1, missing.size(), missing::toString);
    assertEquals("d", missing.get(0).node());
    assertEquals("conv3", missing.get(0).layer());
  }

  @Test
  void shouldNameNobodyWhileTheNodeMoves() {
    for (int i = 0; i < 20; i++) {
      own = standing("a", false, i, sums("c", "conv1"));
      assertEquals(Set.of(), namesAfter(0.5));
    }
  }

  @Test
  void shouldNameNobodyWhoAnswersInTime() {
    own = standing("a", false, 1, sums("b", "conv1"));
    awake.put("b", standing("b", true, 1));
    assertEquals(Set.of(), namesAfter(59));
  }

  /** Who answers but whose devices do not move is named after a minute, and at once in words. */
  @Test
  void shouldNameWhoAnswersButDoesNotGetOn() {
    own = standing("a", false, 1, sums("b", "conv1"));
    awake.put("b", standing("b", true, 1));
    Absence absence = after(63).get(0);
    assertEquals("b", absence.node());
    assertTrue(absence.text().contains("b answers, but stands still"), absence.text());
    awake.put("b", standing("b", true, 2));
    assertEquals(Set.of(), namesAfter(1));
  }

  @Test
  void shouldNameItselfIfItsOwnDevicesStandStill() {
    own = standing("a", true, 1);
    assertEquals(Set.of("a"), namesAfter(61));
  }

  @Test
  void shouldSayTheSameOfANodeAsLongAsItIsMissing() {
    own = standing("a", false, 1, sums("c", "conv2"));
    List<Absence> first = after(5);
    own = standing("a", false, 1, sums("c", "conv1"));
    assertEquals(first, after(10));
  }

  @Test
  void shouldForgetWhoAnswersAgainOrIsNeededNoMore() {
    own = standing("a", false, 1, sums("c", "conv1"), sums("d", "conv1"));
    assertEquals(Set.of("c", "d"), namesAfter(5));
    awake.put("c", standing("c", true, 1));
    assertEquals(Set.of("d"), namesAfter(1));
    own = standing("a", false, 2);
    assertEquals(Set.of(), namesAfter(0.5));
  }
}
