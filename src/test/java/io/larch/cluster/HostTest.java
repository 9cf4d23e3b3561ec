package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import io.larch.cluster.RunEnd.Kind;
import io.larch.compute.FloatBlock;
import io.larch.observe.Event;
import io.larch.observe.Timeline;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HostTest {
  private static final RunEnd STOPPED = RunEnd.because(Kind.STOPPED, "");

  private final long memory = FloatBlock.liveBytes();
  private final ActorTestKit kit = ActorTestKit.create();
  private final TestProbe<RunManager.Command> manager = kit.createTestProbe();
  private final ExecutorService blocking = Executors.newSingleThreadExecutor();
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final CountDownLatch dataAreRead = new CountDownLatch(1);
  private final Timeline timeline = new Timeline();
  private final PeerStreams streams = new PeerStreams(Optional.empty(), timeline.track("streams"));
  private final CurrentRun current = new CurrentRun(streams, timeline);
  private final ActorRef<Host.Command> host =
      kit.spawn(
          Host.create(
              current,
              (runFile, resume) -> read(),
              new Told(),
              streams,
              kit.<StallWatch.Command>createTestProbe().ref(),
              "here",
              blocking));

  private OpenRun read() {
    try {
      dataAreRead.await();
      return new SmallOpenRun();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Told implements RunObserver {
    @Override
    public void begins(String run) {
      told.add("begins " + run);
    }

    @Override
    public void on(Event event) {}

    @Override
    public void ended(RunEnd end) {
      told.add("ended " + end.kind());
    }
  }

  /** A run may still be opening. */
  @AfterEach
  void close() throws InterruptedException {
    kit.shutdownTestKit();
    blocking.shutdown();
    assertTrue(blocking.awaitTermination(1, TimeUnit.MINUTES));
    current.close();
    assertEquals(memory, FloatBlock.liveBytes());
  }

  private void open(String run) {
    host.tell(new Host.Open(run, "", false, manager.ref()));
  }

  private String told() throws InterruptedException {
    return String.valueOf(told.poll(10, TimeUnit.SECONDS));
  }

  /** Data of a large run take longer to read than others wait for a node that shall stop. */
  @Test
  void shouldForgetARunThatIsOverOnceItIsClosed() throws InterruptedException {
    open("a");
    host.tell(new Host.Close("a", STOPPED, manager.ref()));
    host.tell(new Host.Ended("a", STOPPED));
    assertEquals("begins a", told());
    assertEquals("ended STOPPED", told());

    open("b");
    assertEquals(
        "it has the run a", manager.expectMessageClass(RunManager.NotOpened.class).reason());

    dataAreRead.countDown();
    assertEquals("a", manager.expectMessageClass(RunManager.Closed.class).run());
    assertEquals(memory, FloatBlock.liveBytes());
    open("b");
    assertEquals("begins b", told());
  }
}
