package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.observe.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An exception anywhere in a step costs at most that step, and no bit. */
class DisturbanceTest {
  private static Event.Result undisturbed;

  private static Event.Result train(Interception interception, List<Event> events) {
    Job job = Job.open(SameBitsTest.settings("larch.devices=2"));
    return new Training(job, Optional.empty(), events::add, interception).train(false);
  }

  @BeforeAll
  static void trainUndisturbed() {
    undisturbed = train(Interception.NONE, new ArrayList<>());
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @ParameterizedTest(name = "{0} at its {2}. {1}")
  @CsvSource({
    "worker-1, RunStep, 3",
    "worker-0, Tell, 5",
    "worker-0, Halt, 1",
    "aggregator, Measured, 4",
    "aggregator, Connected, 1",
    "aggregator, Answered, 3",
    "aggregator, Staged, 6",
    "aggregator, Freeze, 1",
    "layer-fc1, Report, 2",
    "layer-fc2, Report, 4",
    "trainer, Committed, 3",
    "trainer, Prepared, 1",
    "trainer, Begun, 1"
  })
  void shouldEndInTheSameBits(String actor, String message, int nth) {
    BreakOnce breaking = new BreakOnce(actor, message, nth);
    List<Event> events = new ArrayList<>();
    Event.Result result = train(breaking, events);
    assertTrue(breaking.hasBroken(), "the message never came");
    assertEquals(undisturbed.weightsSha256(), result.weightsSha256());
    assertEquals(undisturbed.testTop1(), result.testTop1());
    assertEquals(6, result.step());
  }
}
