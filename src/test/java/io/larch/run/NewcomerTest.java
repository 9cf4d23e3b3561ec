package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.BeforeEach;
import io.larch.cluster.ClusterNode;
import io.larch.compute.FloatBlock;
import io.larch.config.Refusal;
import io.larch.observe.Event;
import io.larch.transport.Fixtures;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node comes while another trains, and cannot take part. */
@Timeout(120)
class NewcomerTest {
  private final AtomicLong step = new AtomicLong();

  /** It throws whenever it is given lanes. */
  private final BeforeEach clumsy =
      new BeforeEach(
          "worker-0",
          "Assign",
          () -> {
            throw new IllegalStateException("broken on purpose");
          });

  /** Without an end. */
  private static Job job() {
    return Job.open(
        SameBitsTest.settings(
            "larch.devices=1",
            "larch.epochs=1000000",
            "larch.steps=1000000",
            "larch.evaluate.every-epochs=0"));
  }

  private void told(Event event) {
    if (event instanceof Event.Step done) {
      step.set(done.step());
    }
  }

  private void awaitStepAfter(long last) {
    Fixtures.until(() -> "a step after " + last, () -> step.get() > last, Thread::onSpinWait);
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @Test
  void shouldBeKeptOutAloneWhileTheRunGoesOn() {
    RunTally tally = new RunTally(this::told);
    RunTally refused = new RunTally(event -> {});
    try (TestCluster cluster = new TestCluster(NewcomerTest::job)) {
      ClusterNode first = cluster.add(tally).node();
      cluster.submit();
      awaitStepAfter(0);
      cluster.add(refused, clumsy, replica -> {});
      String why = assertThrows(Refusal.class, refused::await).getMessage();
      assertTrue(why.matches("Node akka://.* cannot take part: .*restarted.*"), why);
      awaitStepAfter(step.get());
      first.stop().toCompletableFuture().join();
      assertEquals(Failure.Kind.FAILED, assertThrows(Failure.class, tally::await).kind());
    }
  }
}
