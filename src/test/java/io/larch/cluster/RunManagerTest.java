package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.FishingOutcomes;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import io.larch.cluster.RunEnd.Kind;
import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.observe.Timeline;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RunManagerTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final RunManager.Order ORDER = new RunManager.Order("run", "larch {}", false, 1);

  private final ActorSystem<Void> system = start();
  private final ActorTestKit kit = ActorTestKit.create(system);
  private final String home = Cluster.get(system).selfMember().address().toString();
  private final TestProbe<Host.Command> host = kit.createTestProbe();
  private final TestProbe<SubmitAnswer> answer = kit.createTestProbe();
  private final Timeline timeline = new Timeline();
  private final CurrentRun current =
      new CurrentRun(new PeerStreams(Optional.empty(), timeline.track("streams")), timeline);

  private static ActorSystem<Void> start() {
    NodeSettings node = NodeFile.load(Optional.empty(), List.of("cluster.port=0"));
    return ActorSystem.create(Behaviors.empty(), node.cluster().name(), ClusterConfig.of(node));
  }

  @BeforeEach
  void join() {
    Cluster cluster = Cluster.get(system);
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    LayerOptimizer.init(system, current);
    system.receptionist().tell(Receptionist.register(Host.KEY, host.ref()));
    TestProbe<Receptionist.Listing> listed = kit.createTestProbe();
    system.receptionist().tell(Receptionist.subscribe(Host.KEY, listed.ref()));
    listed.fishForMessage(
        LIMIT,
        listing ->
            listing.getServiceInstances(Host.KEY).isEmpty()
                ? FishingOutcomes.continueAndIgnore()
                : FishingOutcomes.complete());
  }

  @AfterEach
  void close() {
    ActorTestKit.shutdown(system, LIMIT);
    current.close();
  }

  private ActorRef<RunManager.Command> manager() {
    return kit.spawn(RunManager.create(current, home));
  }

  private ActorRef<RunManager.Command> managerThatFinds(RunManager.Holding holding) {
    ActorRef<RunManager.Command> manager = manager();
    Host.Describe asked = (Host.Describe) host.receiveMessage(LIMIT);
    asked.replyTo().tell(holding);
    return manager;
  }

  private RunManager.Member member(String name, ActorRef<Node.Command> node) {
    return new RunManager.Member(host.ref(), node, name, null, 1, 0, Map.of(), 0, "", "");
  }

  private RunManager.Holding holding(RunManager.Member member) {
    return new RunManager.Holding(host.ref(), ORDER, member, RunStatus.preparing("run"), null);
  }

  /** The last RunManager died after all had opened the run and before anything had been dealt. */
  @Test
  void shouldBeginARunThatWasReadyWhenItsLeaderDied() {
    current.open("run", new SmallOpenRun());
    TestProbe<Node.Command> node = kit.createTestProbe();
    managerThatFinds(holding(member(home, node.ref())));
    node.fishForMessage(
        LIMIT,
        message ->
            message instanceof Node.Prepare
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore());
  }

  @Test
  void shouldLeaveARunToTheOthersWhereThisNodeCannotTakePart() throws Exception {
    TestProbe<Node.Command> other = kit.createTestProbe();
    ActorRef<RunManager.Command> manager =
        managerThatFinds(holding(member("akka://larch@10.0.0.1:25520", other.ref())));
    manager.tell(new RunManager.NotOpened("run", home, "it has no data"));
    system.getWhenTerminated().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void shouldStopARunThatStillGathersItsNodesAndSaySo() {
    ActorRef<RunManager.Command> manager = managerThatFinds(RunManager.Holding.nothing(host.ref()));
    RunManager.Order two = new RunManager.Order("run", "larch {}", false, 2);
    manager.tell(new RunManager.Submit(two, answer.ref()));
    assertTrue(answer.receiveMessage(LIMIT).accepted());
    manager.tell(new RunManager.KeepState(answer.ref()));
    assertEquals(new SubmitAnswer(false, null), answer.receiveMessage(LIMIT));
    manager.tell(new RunManager.Stop(answer.ref()));
    assertEquals(new SubmitAnswer(true, "run"), answer.receiveMessage(LIMIT));
    assertEquals(Kind.STOPPED, ((Host.Ended) host.receiveMessage(LIMIT)).end().kind());
  }
}
