package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.BitFlip;
import io.larch.cluster.ClusterNode;
import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.observe.Event;
import io.larch.reduce.Replica;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Something changes in a node's memory after it was committed. */
@Timeout(120)
class IntegrityTest {
  private final AtomicReference<Replica> replica = new AtomicReference<>();
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final TestCluster cluster = new TestCluster(IntegrityTest::job);

  private final BreakOnce flip =
      new BreakOnce(
          "worker-0",
          "RunStep",
          3,
          () -> {
            FloatBuffer weight = replica.get().committed().weights().view(1000, 1);
            weight.put(0, Float.intBitsToFloat(Float.floatToRawIntBits(weight.get(0)) ^ 1));
          });

  /** What no hash is kept of: it shows in the weights after the next step. */
  private final BreakOnce wrongMomentum =
      new BreakOnce(
          "worker-0",
          "RunStep",
          3,
          () -> {
            FloatBuffer momentum = replica.get().committed().buffers().get(0).view(1000, 1);
            momentum.put(0, momentum.get(0) + 1);
          });

  /** Evaluates after step 3. */
  private static Job job() {
    return Job.open(SameBitsTest.settings("larch.devices=1", "larch.evaluate.every-epochs=0.3"));
  }

  private static Event.Result undisturbed() {
    return new Training(job(), Optional.empty(), event -> {}, Interception.NONE).train(false);
  }

  private static RunTally silent() {
    return new RunTally(event -> {});
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    cluster.close();
    assertEquals(0, FloatBlock.liveBytes());
  }

  @Test
  void shouldFreezeAndBeFedAndEndInTheSameBits() {
    Event.Result undisturbed = undisturbed();
    RunTally tally = new RunTally(events::add);
    cluster.add(tally);
    cluster.add(silent(), flip, replica::set);
    cluster.submit();
    assertEquals(undisturbed.weightsSha256(), tally.await());
    assertTrue(flip.hasBroken());
    String warning = warning();
    assertTrue(warning.contains("slice 0 (layer fc1)"), warning);
    assertTrue(warning.contains("not those committed after step 2"), warning);
    assertTrue(warning.startsWith("akka://"), "names the node: " + warning);
    assertEquals(2, events.stream().filter(Event.Generation.class::isInstance).count());
  }

  @Test
  void shouldNoticeTheBitThatIsFlippedOnDemand() {
    Event.Result undisturbed = undisturbed();
    RunTally tally = new RunTally(events::add);
    BitFlip demanded = new BitFlip();
    cluster.add(tally);
    cluster.add(silent(), demanded, demanded::of);
    demanded.order();
    cluster.submit();
    assertEquals(undisturbed.weightsSha256(), tally.await());
    assertTrue(warning().contains("not those committed after step 0"), warning());
  }

  @Test
  void shouldBeFedByTheMajorityWhoseWeightsDiffer() {
    Event.Result undisturbed = undisturbed();
    RunTally tally = new RunTally(events::add);
    cluster.add(tally);
    cluster.add(silent());
    ClusterNode wrong = cluster.add(silent(), wrongMomentum, replica::set).node();
    cluster.submit();
    assertEquals(undisturbed.weightsSha256(), tally.await());
    assertTrue(wrongMomentum.hasBroken());
    String warning = warning();
    assertTrue(warning.contains(wrong.address()), warning);
    assertTrue(warning.contains("after step 3 are not those of the other nodes"), warning);
    assertEquals(2, events.stream().filter(Event.Generation.class::isInstance).count());
  }

  @Test
  void shouldEndTheRunOfTwoWhereItCannotBeKnownWhoIsRight() {
    RunTally tally = new RunTally(events::add);
    ClusterNode first = cluster.add(tally).node();
    ClusterNode wrong = cluster.add(silent(), wrongMomentum, replica::set).node();
    cluster.submit();
    Failure failure = assertThrows(Failure.class, tally::await);
    assertEquals(Failure.Kind.FAILED, failure.kind());
    assertTrue(failure.getMessage().contains("the weights after step 3 differ between"));
    assertTrue(failure.getMessage().contains(first.address()), failure.getMessage());
    assertTrue(failure.getMessage().contains(wrong.address()), failure.getMessage());
  }

  private String warning() {
    return events.stream()
        .filter(Event.Warning.class::isInstance)
        .map(event -> ((Event.Warning) event).text())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldEndTheRunWhereNobodyElseHasTheState() {
    Job job = job();
    Training training = new Training(job, Optional.empty(), events::add, flip);
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                training.run(
                    filled -> {
                      ReadyRun.begin(job, filled, Optional.empty());
                      replica.set(filled);
                    }));
    assertEquals(Failure.Kind.FAILED, failure.kind());
    assertTrue(failure.getMessage().contains("after step 2"), failure.getMessage());
  }
}
