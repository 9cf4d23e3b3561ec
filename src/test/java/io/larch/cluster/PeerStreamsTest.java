package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.FloatBlock;
import io.larch.config.NodeFile;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.config.TransportSettings;
import io.larch.config.Wire;
import io.larch.coordinate.Assignment;
import io.larch.coordinate.Assignment.Share;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.model.Shape;
import io.larch.observe.Track;
import io.larch.optim.Optimizers;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import io.larch.reduce.Links;
import io.larch.reduce.Replica;
import io.larch.reduce.Slice;
import io.larch.reduce.StateLinks;
import io.larch.reduce.TreeNode;
import io.larch.transport.DataPlane;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two nodes in one JVM, over real sockets. */
@Timeout(60)
class PeerStreamsTest {
  private static final GenerationId OLD = new GenerationId(1, 7);
  private static final GenerationId NEW = new GenerationId(2, 7);
  private static final List<Slice> SLICES = List.of(new Slice(0, "fc", false, 0, 4, List.of()));

  private final TransportSettings settings =
      NodeFile.load(
              Optional.empty(),
              List.of(
                  "cluster.transport.driver.ownership=embedded",
                  "cluster.transport.mode=udp",
                  "cluster.transport.udp-term=64k"))
          .cluster()
          .transport();
  private final DataPlane leftPlane = DataPlane.open(settings, 1);
  private final DataPlane rightPlane = DataPlane.open(settings, 2);
  private final PeerStreams left = new PeerStreams(Optional.of(leftPlane), Track.OFF);
  private final PeerStreams right = new PeerStreams(Optional.of(rightPlane), Track.OFF);
  private final Share leftShare =
      new Share("left", leftPlane.address(), List.of(Lanes.of(new LaneRange(0, 1))));
  private final Share rightShare =
      new Share("right", rightPlane.address(), List.of(Lanes.of(new LaneRange(1, 2))));
  private final List<String> heard = new ArrayList<>();

  @AfterEach
  void close() {
    left.close();
    right.close();
    assertEquals(0, FloatBlock.liveBytes());
  }

  private static void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "not within 30 s");
      Thread.onSpinWait();
    }
  }

  private final StateLinks.Listener listener =
      new StateLinks.Listener() {
        @Override
        public boolean ready(String peer, long step) {
          return heard.add(peer + " is ready for " + step);
        }

        @Override
        public boolean part(String peer, StateLinks.Part part, float[] values) {
          return heard.add(peer + " sends " + part + " from " + values[0]);
        }
      };

  @Test
  void shouldHandOverTheStateOfThisGenerationAndCountThatOfAnother() {
    StateStreams old = left.ofState(OLD);
    old.connect(rightShare);
    StateStreams sender = left.ofState(NEW);
    sender.connect(rightShare);
    StateStreams receiver = right.ofState(NEW);
    receiver.connect(leftShare);
    FloatBuffer values = FloatBuffer.wrap(new float[] {1, 2, 3, 4});
    until(() -> old.sendReady("right", 5));
    until(() -> old.send("right", 5, 0, 0, 8, values, 0) > 0);
    until(() -> sender.sendReady("right", 6));
    until(() -> sender.send("right", 6, 3, 1, -8, values, 2) > 0);
    until(() -> receiver.receive(listener) > 0 && heard.size() == 2);
    assertEquals("left is ready for 6", heard.get(0));
    assertEquals(
        "left sends " + new StateLinks.Part(6, 3, 1, -8, 2, 2) + " from 3.0", heard.get(1));
    assertEquals(2, rightPlane.traffic().stale());
  }

  @Test
  void shouldCountSumsOfAnotherGenerationAndOfAStepThatIsOver() {
    Links old = left.open(new Assignment(OLD, 0, List.of(leftShare, rightShare)), SLICES, Wire.F32);
    Links fresh =
        left.open(new Assignment(NEW, 0, List.of(leftShare, rightShare)), SLICES, Wire.F32);
    Links receiver =
        right.open(new Assignment(NEW, 1, List.of(leftShare, rightShare)), SLICES, Wire.F32);
    until(() -> left.areConnected() && right.areConnected());
    FloatBuffer values = FloatBuffer.wrap(new float[] {1, 2, 3, 4});
    for (Links links : List.of(old, fresh)) {
      for (int step = 1; step <= 2; step++) {
        int at = step;
        until(() -> links.send(1, Links.Kind.WHOLE, at, 0, TreeNode.root(2), values, 0) > 0);
      }
    }
    List<Long> steps = new ArrayList<>();
    Links.Receiver retired =
        (kind, step, slice, node, offset, parts) -> step > 1 && steps.add(step);
    until(() -> receiver.receive(retired) > 0 && !steps.isEmpty());
    assertEquals(List.of(2L), steps);
    assertEquals(3, rightPlane.traffic().stale());
  }

  @Test
  void shouldFeedAReplicaFromThreadToThread() throws Exception {
    try (Replica full = replica(9, 1f);
        Replica behind = replica(8, 0f);
        ReductionLoop feeder = new ReductionLoop(context(full), left, Track.OFF);
        ReductionLoop taker = new ReductionLoop(context(behind), right, Track.OFF)) {
      CompletableFuture<Void> taken = taker.takeState(NEW, 9, List.of(leftShare));
      List<Integer> all = full.slices().stream().map(Slice::id).toList();
      CompletableFuture<Void> fed = feeder.feed(NEW, rightShare, all);
      fed.get(30, TimeUnit.SECONDS);
      taken.get(30, TimeUnit.SECONDS);
      assertEquals(8, behind.hashes().step());
      behind.adopt(9);
      assertEquals(full.hashes(), behind.hashes());
      for (Slice slice : full.slices()) {
        assertEquals(velocity(full, slice), velocity(behind, slice));
      }
      assertTrue(feeder.stateProgress() > 0);
    }
  }

  @Test
  void shouldEndTheWaitingWhenTheGenerationIsDropped() throws Exception {
    try (Replica behind = replica(8, 0f);
        ReductionLoop taker = new ReductionLoop(context(behind), right, Track.OFF)) {
      CompletableFuture<Void> taken = taker.takeState(NEW, 9, List.of(leftShare));
      until(() -> taker.stateMissing().contains("nothing has come from left"));
      taker.freeze().get(30, TimeUnit.SECONDS);
      Assertions.assertThrows(CancellationException.class, taken::join);
    }
  }

  private static FloatBuffer velocity(Replica replica, Slice slice) {
    return replica.committed().buffers().get(0).view(slice.from(), slice.count());
  }

  private static Replica replica(long step, float value) {
    Network network = network(settingsOfRun());
    Replica replica = new Replica(network.layout(), Slice.cut(network.layout(), 64 << 10), 1);
    int floats = Math.toIntExact(network.layout().floats());
    FloatBuffer weights = replica.committed().weights().view(0, floats);
    FloatBuffer velocities = replica.committed().buffers().get(0).view(0, floats);
    for (int i = 0; i < floats; i++) {
      weights.put(i, i * value);
      velocities.put(i, -i * value);
    }
    replica.restore(step);
    return replica;
  }

  private static RunSettings settingsOfRun() {
    return RunFile.load(Optional.empty(), List.of("model.name=mlp", "lanes=2"));
  }

  private static Network network(RunSettings run) {
    return Networks.build(run.model(), new Shape(1, 28, 28), 10);
  }

  private static RunContext context(Replica replica) {
    RunSettings run = settingsOfRun();
    return new RunContext(
        run,
        network(run),
        Optimizers.of(run.optimizer()),
        null,
        null,
        replica,
        new Samples.Pictures(null, null, 0),
        null,
        Duration.ofMinutes(1),
        true,
        Interception.NONE);
  }
}
