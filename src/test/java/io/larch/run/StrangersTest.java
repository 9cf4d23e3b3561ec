package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.BeforeEach;
import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.observe.Event;
import io.larch.observe.Network;
import io.larch.run.TestCluster.Member;
import io.larch.transport.Fixtures;
import io.larch.transport.Strangers;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Frames of strangers rain on the data ports of a run of two nodes from beginning to end. */
@Timeout(180)
class StrangersTest {
  private static final int STEPS = 50;
  private static final int ROUNDS = 40;
  private static final int FRAMES = 100;
  private static final int DATAGRAMS = 25;

  private final List<Event> events = new CopyOnWriteArrayList<>();

  private static Job job() {
    return Job.open(
        SameBitsTest.settings("larch.devices=1", "larch.epochs=10", "larch.steps=" + STEPS));
  }

  /** What this process has taken for its nodes. */
  private record Held(Set<String> threads, Set<Path> files, long mappings, long nativeBytes) {
    private static Held now() {
      return new Held(threadsNow(), Fixtures.ownDrivers(), mappingsNow(), FloatBlock.liveBytes());
    }

    private boolean isWithin(Held other) {
      return other.threads.containsAll(threads)
          && other.files.containsAll(files)
          && mappings <= other.mappings
          && nativeBytes <= other.nativeBytes;
    }

    private static Set<String> threadsNow() {
      return Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getName)
          .filter(name -> name.contains("larch") || name.contains("aeron"))
          .collect(Collectors.toSet());
    }

    private static long mappingsNow() {
      return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
          .filter(pool -> pool.getName().equals("mapped"))
          .mapToLong(BufferPoolMXBean::getCount)
          .sum();
    }
  }

  /** Both nodes and who sends to each, at each of the first steps until nothing is left to send. */
  private static final class Rain implements AutoCloseable {
    private final List<Member> nodes;
    private final List<Strangers> senders;
    private final AtomicInteger round = new AtomicInteger();

    private Rain(Member one, Member other) {
      nodes = List.of(one, other);
      senders =
          List.of(
              new Strangers(one.data(), other.data().node(), 1),
              new Strangers(other.data(), one.data().node(), 2));
    }

    private void fall() {
      if (round.getAndIncrement() < ROUNDS) {
        for (Strangers sender : senders) {
          sender.sendFrames(FRAMES);
          sender.sendDatagrams(DATAGRAMS);
        }
      } else {
        Fixtures.until(
            () -> "all frames counted: " + seen(),
            () -> isCounted(0) && isCounted(1),
            Thread::onSpinWait);
      }
    }

    /** The run itself may leave some chunks of a step that is over. */
    private boolean isCounted(int node) {
      Network network = nodes.get(node).node().network();
      Strangers sender = senders.get(node);
      return network.strangers() == sender.strangers()
          && network.corrupt() == sender.corrupt()
          && network.stale() >= sender.stale();
    }

    private List<Network> seen() {
      return nodes.stream().map(member -> member.node().network()).toList();
    }

    @Override
    public void close() {
      senders.forEach(Strangers::close);
    }
  }

  @Test
  void shouldDropAndCountTenThousandFramesAndEndInTheSameBits() {
    String undisturbed =
        new Training(job(), Optional.empty(), event -> {}, Interception.NONE)
            .train(false)
            .weightsSha256();
    Held before = Held.now();
    assertEquals(10_000, ROUNDS * 2 * (FRAMES + DATAGRAMS));
    assertEquals(undisturbed, trainInTheRain());
    assertEquals(1, events.stream().filter(Event.Generation.class::isInstance).count());
    Fixtures.until(
        () -> before + ", but " + Held.now(),
        () -> Held.now().isWithin(before),
        Thread::onSpinWait);
  }

  private String trainInTheRain() {
    List<Rain> rain = new CopyOnWriteArrayList<>();
    try (TestCluster cluster = new TestCluster(StrangersTest::job)) {
      RunTally tally = new RunTally(events::add);
      Member one = cluster.add(tally);
      Interception eachStep = new BeforeEach("worker-0", "RunStep", () -> rain.get(0).fall());
      Member other = cluster.add(new RunTally(event -> {}), eachStep, replica -> {});
      try (Rain falling = new Rain(one, other)) {
        rain.add(falling);
        cluster.submit();
        String weights = tally.await();
        assertTrue(falling.round.get() >= STEPS, "in every step");
        return weights;
      }
    }
  }
}
