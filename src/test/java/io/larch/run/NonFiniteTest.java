package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.config.RunSettings;
import io.larch.data.DataSources;
import io.larch.observe.Event;
import io.larch.observe.LaneSamples;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One sample holds a value that is not finite: that at position 163 of the run, of 64 samples a
 * step and 8 a lane, so it is in lane 4 of step 3.
 */
@Timeout(120)
class NonFiniteTest {
  private static final List<LaneSamples> WHERE = List.of(new LaneSamples(4, 160, 168));

  private final List<Event> events = new CopyOnWriteArrayList<>();

  private static boolean isPoisoned(long position) {
    return position == 163;
  }

  private static Job job(LongPredicate poisoned, String... keys) {
    RunSettings settings = SameBitsTest.settings(keys);
    return Job.over(settings, new PoisonedSamples(DataSources.open(settings.data()), poisoned));
  }

  private Event.Result train(LongPredicate poisoned, String... keys) {
    return new Training(job(poisoned, keys), Optional.empty(), events::add, Interception.NONE)
        .train(false);
  }

  private Failure divergence(LongPredicate poisoned, String... keys) {
    Failure failure = assertThrows(Failure.class, () -> train(poisoned, keys));
    assertEquals(Failure.Kind.DIVERGED, failure.kind());
    return failure;
  }

  private List<Event.Skipped> skipped() {
    return events.stream()
        .filter(Event.Skipped.class::isInstance)
        .map(Event.Skipped.class::cast)
        .toList();
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @ParameterizedTest
  @CsvSource({"null", "1e6"})
  void shouldStopAndNameStepLaneAndSamples(String clipNorm) {
    String text =
        divergence(NonFiniteTest::isPoisoned, "larch.optimizer.clip-norm=" + clipNorm).getMessage();
    assertTrue(text.startsWith("Step 3 is not finite: the gradient of layer fc"), text);
    assertTrue(text.contains("in lane 4 (samples 160 to 167 of the run)"), text);
  }

  /** Batch-norm statistics are kept as well as weights and velocities. */
  @Test
  void shouldChangeNothingInASkippedStep() {
    String[] two = {"larch.model=resnet20", "larch.non-finite=skip", "larch.steps=2"};
    String[] three = {"larch.model=resnet20", "larch.non-finite=skip", "larch.steps=3"};
    Event.Result before = train(NonFiniteTest::isPoisoned, two);
    assertEquals(List.of(), skipped());
    Event.Result after = train(NonFiniteTest::isPoisoned, three);
    assertEquals(before.weightsSha256(), after.weightsSha256());
    assertEquals(3, after.step());
    assertEquals(WHERE, skipped().get(0).lanes());
  }

  @ParameterizedTest
  @CsvSource({"lars, null", "lamb, 0.5", "adam, 0.5"})
  void shouldSkipAlikeOnAnyNumberOfDevices(String optimizer, String clipNorm) {
    String[] keys = {
      "larch.optimizer.name=" + optimizer,
      "larch.optimizer.clip-norm=" + clipNorm,
      "larch.non-finite=skip",
      "larch.devices="
    };
    Event.Result one = train(NonFiniteTest::isPoisoned, withDevices(keys, 1));
    for (int devices : List.of(2, 4)) {
      events.clear();
      assertEquals(
          one.weightsSha256(),
          train(NonFiniteTest::isPoisoned, withDevices(keys, devices)).weightsSha256());
      assertEquals(1, skipped().size());
      assertEquals(3, skipped().get(0).step());
      assertEquals(WHERE, skipped().get(0).lanes());
    }
  }

  private static String[] withDevices(String[] keys, int devices) {
    String[] all = keys.clone();
    all[all.length - 1] += devices;
    return all;
  }

  @Test
  void shouldSkipAlikeOnTwoNodes() {
    String[] keys = {"larch.non-finite=skip", "larch.model=lenet", "larch.devices=1"};
    Event.Result alone = train(NonFiniteTest::isPoisoned, keys);
    events.clear();
    RunTally tally = new RunTally(events::add);
    try (TestCluster cluster = new TestCluster(() -> job(NonFiniteTest::isPoisoned, keys))) {
      cluster.add(tally);
      cluster.add(new RunTally(event -> {}));
      cluster.submit();
      assertEquals(alone.weightsSha256(), tally.await());
    }
    assertEquals(List.of(WHERE), skipped().stream().map(Event.Skipped::lanes).toList());
  }

  @Test
  void shouldEndARunThatSkipsTenStepsInARow() {
    Failure failure =
        divergence(
            position -> position % 64 == 17,
            "larch.non-finite=skip",
            "larch.epochs=10",
            "larch.steps=30");
    assertTrue(failure.getMessage().startsWith("Step 10 is not finite"), failure.getMessage());
    assertEquals(10, skipped().size());
  }
}
