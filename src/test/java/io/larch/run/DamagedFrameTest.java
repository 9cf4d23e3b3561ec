package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.BitFlip;
import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.observe.Event;
import io.larch.transport.ChunkHeader.Kind;
import io.larch.transport.DamageOnce;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A bit of one frame between two nodes flips on its way. */
@Timeout(120)
class DamagedFrameTest {
  private static String undisturbed;

  private final List<Event> events = new CopyOnWriteArrayList<>();

  /** A slice of fc1 is two chunks, that of fc2 one. */
  private static Job job() {
    return Job.open(SameBitsTest.settings("larch.devices=1"));
  }

  @BeforeAll
  static void trainUndisturbed() {
    undisturbed =
        new Training(job(), Optional.empty(), event -> {}, Interception.NONE)
            .train(false)
            .weightsSha256();
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @ParameterizedTest(name = "{0}, the last of its slice: {1}, byte {2}")
  @CsvSource({
    "PARTIAL, false, 64",
    "PARTIAL, true, 64",
    "TOTAL, false, 64",
    "TOTAL, true, 64",
    "TOTAL, true, 0",
    "TOTAL, true, 40"
  })
  void shouldDoTheStepAgainAtOnce(Kind kind, boolean last, int at) {
    DamageOnce damage = new DamageOnce(kind, last, at);
    assertEquals(undisturbed, train(damage, new BitFlip()));
    assertTrue(damage.isDone(), "no such chunk came");
    assertEquals(2, generations(), warnings().toString());
    assertEquals(1, warnings().size(), warnings().toString());
    String warning = warnings().get(0);
    assertTrue(
        warning.matches(
            "akka://.*a frame from akka://.* was damaged on its way; damaged so far: 1;.*"),
        warning);
  }

  @ParameterizedTest(name = "{0}, byte {1}")
  @CsvSource({"STATE, 64", "STATE, 24", "READY, 64"})
  void shouldFeedAgainAtOnce(Kind kind, int at) {
    DamageOnce damage = new DamageOnce(kind, kind == Kind.STATE, at);
    BitFlip flip = new BitFlip();
    flip.order();
    assertEquals(undisturbed, train(damage, flip));
    assertTrue(damage.isDone(), "no such chunk came");
    assertEquals(3, generations(), warnings().toString());
    assertTrue(warnings().get(1).contains("was damaged on its way"), warnings().toString());
  }

  private String train(DamageOnce damage, BitFlip flip) {
    try (TestCluster cluster = new TestCluster(DamagedFrameTest::job, damage::open)) {
      RunTally tally = new RunTally(events::add);
      cluster.add(tally);
      cluster.add(new RunTally(event -> {}), flip, flip::of);
      cluster.submit();
      return tally.await();
    }
  }

  private long generations() {
    return events.stream().filter(Event.Generation.class::isInstance).count();
  }

  private List<String> warnings() {
    return events.stream()
        .filter(Event.Warning.class::isInstance)
        .map(event -> ((Event.Warning) event).text())
        .toList();
  }
}
