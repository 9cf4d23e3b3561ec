package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.observe.Event;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A layer's optimizer, or what decides over all layers, forgets everything between its answers to
 * two nodes: the second is answered too, without a new generation.
 */
@Timeout(50)
class ForgetfulOptimizerTest {
  private static final String[] KEYS = {"larch.devices=1", "larch.optimizer.clip-norm=1"};

  private final List<Event> events = new CopyOnWriteArrayList<>();

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  private static Job job() {
    return Job.open(SameBitsTest.settings(KEYS));
  }

  /** The first of a step's two reports is mostly that with the squares, and answered at once. */
  @ParameterizedTest(name = "{0} before its {1}. report")
  @CsvSource({"layer-fc2, 2", "layer-fc2, 4", "layer-fc1, 6", "layer-(global), 4"})
  void shouldAnswerWhoeverIsLeft(String optimizer, int nth) {
    Event.Result alone =
        new Training(job(), Optional.empty(), event -> {}, Interception.NONE).train(false);
    BreakOnce breaking = new BreakOnce(optimizer, "Report", nth);
    RunTally tally = new RunTally(events::add);
    try (TestCluster cluster = new TestCluster(ForgetfulOptimizerTest::job)) {
      cluster.add(tally, breaking, replica -> {});
      cluster.add(new RunTally(event -> {}), breaking, replica -> {});
      cluster.submit();
      assertEquals(alone.weightsSha256(), tally.await());
    }
    assertTrue(breaking.hasBroken(), "the message never came");
    assertEquals(1, events.stream().filter(Event.Generation.class::isInstance).count());
  }
}
