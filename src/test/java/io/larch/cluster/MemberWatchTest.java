package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.cluster.UniqueAddress;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.cluster.typed.Leave;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two members, one of which leaves and stays there without being a member. */
class MemberWatchTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final Config CONFIG =
      ConfigFactory.parseString(
              """
              akka.coordinated-shutdown {
                terminate-actor-system = off
                run-by-actor-system-terminate = off
              }
              """)
          .withFallback(ConfigFactory.parseResources("larch-local-cluster.conf"))
          .withFallback(ConfigFactory.load())
          .resolve();

  private final ActorTestKit one = ActorTestKit.create("larch", CONFIG);
  private final ActorTestKit other = ActorTestKit.create("larch", CONFIG);
  private final Lifelines lines = new Lifelines("127.0.0.1", 0);
  private final Lifelines otherLines = new Lifelines("127.0.0.1", 0);

  @AfterEach
  void end() {
    one.shutdownTestKit();
    other.shutdownTestKit();
    lines.close();
    otherLines.close();
  }

  private static ActorRef<MemberWatch.Command> watch(ActorTestKit kit, Lifelines lifelines) {
    return kit.spawn(MemberWatch.create(lifelines, "127.0.0.1", LIMIT, verdict -> {}));
  }

  private static String name(ActorTestKit kit) {
    UniqueAddress self = Cluster.get(kit.system()).selfMember().uniqueAddress();
    return self.address() + "#" + self.longUid();
  }

  private static void await(TestProbe<?> probe, BooleanSupplier condition) {
    probe.awaitAssert(
        LIMIT,
        () -> {
          assertTrue(condition.getAsBoolean());
          return null;
        });
  }

  private static long members(Cluster cluster) {
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false).count();
  }

  @Test
  void shouldTellOnlyWhoseMembershipHasEndedThatItHas() {
    TestProbe<MemberWatch.Command> probe = one.createTestProbe();
    Cluster first = Cluster.get(one.system());
    Cluster second = Cluster.get(other.system());
    first.manager().tell(Join.create(first.selfMember().address()));
    second.manager().tell(Join.create(first.selfMember().address()));
    ActorRef<MemberWatch.Command> stays = watch(one, lines);
    ActorRef<MemberWatch.Command> leaves = watch(other, otherLines);
    await(probe, () -> members(first) == 2 && members(second) == 2);
    leaves.tell(new MemberWatch.Where(name(one), probe.ref()));
    probe.expectMessageClass(MemberWatch.Here.class, LIMIT);
    second.manager().tell(Leave.create(second.selfMember().address()));
    await(probe, () -> members(first) == 1 && second.isTerminated());
    leaves.tell(new MemberWatch.Where(name(one), probe.ref()));
    probe.expectMessageClass(MemberWatch.Here.class, LIMIT);
    stays.tell(new MemberWatch.Where(name(other), probe.ref()));
    probe.expectMessageClass(MemberWatch.Removed.class, LIMIT);
  }
}
