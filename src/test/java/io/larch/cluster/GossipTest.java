package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.FishingOutcomes;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import io.larch.model.Initializer.Constant;
import io.larch.model.Layout;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import io.larch.reduce.Replica;
import io.larch.reduce.Slice;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GossipTest {
  private static final Layout LAYOUT =
      new Layout(List.of(new Tensor("w", "fc", List.of(3000), Kind.WEIGHT, new Constant(0))));

  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime time = ManualTime.get(kit.system());
  private final Replica first = replica();
  private final Replica second = replica();
  private final TestProbe<Node.Command> firstNode = kit.createTestProbe();
  private final TestProbe<Node.Command> secondNode = kit.createTestProbe();

  private static Replica replica() {
    Replica replica = new Replica(LAYOUT, Slice.cut(LAYOUT, 4096), 1);
    replica.restore(7);
    return replica;
  }

  @AfterEach
  void close() {
    kit.shutdownTestKit();
    first.close();
    second.close();
  }

  private void gossip(Replica replica, String name, TestProbe<Node.Command> node) {
    kit.spawn(
        Behaviors.<Gossip.Command>setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new Gossip(context, timers, name, replica, node.ref(), new Random(1)))));
  }

  private void awaitBothListed() {
    TestProbe<Receptionist.Listing> listings = kit.createTestProbe();
    kit.system().receptionist().tell(Receptionist.subscribe(Gossip.KEY, listings.ref()));
    listings.fishForMessage(
        Duration.ofSeconds(10),
        listing ->
            listing.getServiceInstances(Gossip.KEY).size() == 2
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore());
  }

  @Test
  void shouldNameThePeerAndTheSlicesThatDifferOnBothSides() {
    second.committed().weights().view(0, 3000).put(2048, 1e-30f);
    second.restore(7);
    gossip(first, "one", firstNode);
    gossip(second, "two", secondNode);
    awaitBothListed();
    time.timePasses(Duration.ofSeconds(1));
    assertEquals(
        new Node.ReplicaDiffers("two", 7, List.of(2)),
        firstNode.expectMessageClass(Node.ReplicaDiffers.class));
    assertEquals(
        new Node.ReplicaDiffers("one", 7, List.of(2)),
        secondNode.expectMessageClass(Node.ReplicaDiffers.class));
  }

  @Test
  void shouldSayNothingOfEqualReplicas() {
    expectSilence();
  }

  @Test
  void shouldSayNothingOfReplicasAtOtherSteps() {
    second.committed().weights().view(0, 3000).put(0, 1f);
    second.restore(8);
    expectSilence();
  }

  private void expectSilence() {
    gossip(first, "one", firstNode);
    gossip(second, "two", secondNode);
    awaitBothListed();
    time.timePasses(Duration.ofSeconds(3));
    firstNode.expectNoMessage(Duration.ofMillis(200));
    secondNode.expectNoMessage(Duration.ofMillis(200));
  }
}
