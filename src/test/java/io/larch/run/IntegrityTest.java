package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.ClusterConfig;
import io.larch.cluster.ClusterNode;
import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.observe.Event;
import io.larch.reduce.Replica;
import io.larch.transport.DataPlane;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
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
  private final List<ClusterNode> nodes = new ArrayList<>();

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

  private ClusterNode first(RunTally tally) {
    ClusterNode first = node(List.of(), Interception.NONE, tally);
    first.joinSelf();
    return first;
  }

  private static RunTally silent() {
    return new RunTally(event -> {});
  }

  private static List<String> joining(ClusterNode seed) {
    return List.of("cluster.seeds=[\"" + seed.address() + "\"]");
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    for (int node = nodes.size() - 1; node >= 0; node--) {
      nodes.get(node).close();
    }
    assertEquals(0, FloatBlock.liveBytes());
  }

  @Test
  void shouldFreezeAndBeFedAndEndInTheSameBits() {
    Event.Result undisturbed = undisturbed();
    RunTally tally = new RunTally(events::add);
    ClusterNode first = first(tally);
    node(joining(first), flip, silent());
    first.submit("run", job().runFile(), false, 2);
    assertEquals(undisturbed.weightsSha256(), tally.await());
    assertTrue(flip.hasBroken());
    String warning = warning();
    assertTrue(warning.contains("slice 0 (layer fc1)"), warning);
    assertTrue(warning.contains("not those committed after step 2"), warning);
    assertTrue(warning.startsWith("akka://"), "names the node: " + warning);
    assertEquals(2, events.stream().filter(Event.Generation.class::isInstance).count());
  }

  @Test
  void shouldBeFedByTheMajorityWhoseWeightsDiffer() {
    Event.Result undisturbed = undisturbed();
    RunTally tally = new RunTally(events::add);
    ClusterNode first = first(tally);
    node(joining(first), Interception.NONE, silent());
    ClusterNode wrong = node(joining(first), wrongMomentum, silent());
    first.submit("run", job().runFile(), false, 3);
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
    ClusterNode first = first(tally);
    ClusterNode wrong = node(joining(first), wrongMomentum, silent());
    first.submit("run", job().runFile(), false, 2);
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

  private ClusterNode node(List<String> more, Interception interception, RunTally tally) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "cluster.port=0",
                "cluster.transport.driver.ownership=embedded",
                "cluster.transport.mode=udp"));
    keys.addAll(more);
    NodeSettings settings = NodeFile.load(Optional.empty(), keys);
    ClusterNode node =
        new ClusterNode(
            settings.cluster().name(),
            ClusterConfig.of(settings),
            Optional.of(DataPlane.open(settings.cluster().transport())),
            (runFile, resume) -> open(interception),
            tally);
    nodes.add(node);
    return node;
  }

  private ReadyRun open(Interception interception) {
    Job job = job();
    return ReadyRun.open(
        job,
        1,
        Optional.empty(),
        Duration.ofMinutes(1),
        true,
        interception,
        filled -> {
          ReadyRun.begin(job, filled, Optional.empty());
          if (interception != Interception.NONE) {
            replica.set(filled);
          }
        });
  }
}
