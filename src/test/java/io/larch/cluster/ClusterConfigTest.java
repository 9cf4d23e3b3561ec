package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.serialization.SerializationExtension;
import com.typesafe.config.Config;
import io.larch.compute.Outcome;
import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import io.larch.reduce.GenerationId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ClusterConfigTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void shouldSayWhatANodeSays() {
    Config config =
        config(
            "cluster.seeds=[\"one:25520\", \"two:25521\"]",
            "cluster.name=spruce",
            "cluster.roles=[a]",
            "cluster.patience.acceptable-pause=45 s");
    assertEquals(
        List.of("akka://spruce@one:25520", "akka://spruce@two:25521"),
        config.getStringList("akka.cluster.seed-nodes"));
    assertEquals(
        Duration.ofSeconds(45),
        config.getDuration("akka.cluster.failure-detector.acceptable-heartbeat-pause"));
    assertEquals(
        Duration.ofSeconds(45),
        config.getDuration("akka.remote.watch-failure-detector.acceptable-heartbeat-pause"));
    assertEquals("", config.getString("akka.cluster.downing-provider-class"));
    assertEquals("127.0.0.1", config.getString("larch.lifelines.host"));
    assertEquals(List.of(), config.getList("akka.cluster.sharding.distributed-data.durable.keys"));
  }

  @Test
  void shouldLookForOthersByNameOrByAddress() {
    Config dns =
        config("cluster.bootstrap.discovery=dns", "cluster.bootstrap.service=larch.example");
    String discovery = "akka.management.cluster.bootstrap.contact-point-discovery.";
    assertEquals("akka-dns", dns.getString(discovery + "discovery-method"));
    assertEquals("larch.example", dns.getString(discovery + "effective-name"));
    Config listed =
        config("cluster.bootstrap.discovery=config", "cluster.bootstrap.endpoints=[\"one:7626\"]");
    assertEquals(
        7626,
        listed
            .getConfigList("akka.discovery.config.services.larch.endpoints")
            .get(0)
            .getInt("port"));
  }

  @Test
  void shouldLetTheTreeOfAkkaWin() {
    assertEquals("ERROR", config("akka.loglevel=ERROR").getString("akka.loglevel"));
  }

  @Test
  void shouldNameAKeyStoreThatIsMissing() {
    Refusal refusal =
        assertThrows(
            Refusal.class,
            () ->
                config(
                    "cluster.artery=tls-tcp",
                    "cluster.tls.key-store=/none.p12",
                    "cluster.tls.trust-store=/none.p12"));
    assertTrue(refusal.getMessage().contains("/none.p12 is no readable file"));
  }

  /** What a node tells of 50,000 test pictures in batches of 8; larger messages are dropped. */
  @Test
  void shouldFitALongEvaluationIntoAFrame() {
    ActorSystem<Void> system = start(List.of("cluster.port=0"));
    try {
      List<Outcome> outcomes =
          IntStream.range(0, 6250).mapToObj(i -> new Outcome(i / 7.0, i % 8, 8, 8)).toList();
      ActorRef<Node.Command> node =
          system.systemActorOf(Behaviors.<Node.Command>ignore(), "node", Props.empty());
      Trainer.Evaluated told =
          new Trainer.Evaluated(new GenerationId(1, 2), node, 5, outcomes, 0.5);
      int bytes = SerializationExtension.get(system).serialize(told).get().length;
      assertTrue(
          bytes
              < system
                  .settings()
                  .config()
                  .getBytes("akka.remote.artery.advanced.maximum-frame-size"),
          bytes + " bytes");
    } finally {
      ActorTestKit.shutdown(system, LIMIT);
    }
  }

  /** Two systems find each other over each transport, and end together, as TLS connections do. */
  @ParameterizedTest
  @ValueSource(strings = {"tcp", "tls-tcp", "aeron-udp"})
  void shouldFormAClusterOver(String artery) throws Exception {
    List<String> options = new ArrayList<>(List.of("cluster.port=0", "cluster.artery=" + artery));
    if (artery.equals("tls-tcp")) {
      options.addAll(keys());
    }
    ActorSystem<Void> one = start(options);
    ActorSystem<Void> two = start(options);
    try {
      Cluster first = Cluster.get(one);
      first.manager().tell(Join.create(first.selfMember().address()));
      Cluster.get(two).manager().tell(Join.create(first.selfMember().address()));
      awaitUp(two, 2);
      assertTrue(
          first.selfMember().address().toString().startsWith("akka://larch@127.0.0.1:"),
          "Artery says akka, whatever the transport");
    } finally {
      one.terminate();
      ActorTestKit.shutdown(two, LIMIT);
      ActorTestKit.shutdown(one, LIMIT);
    }
  }

  private static ActorSystem<Void> start(List<String> options) {
    NodeSettings node = NodeFile.load(Optional.empty(), options);
    return ActorSystem.create(Behaviors.empty(), node.cluster().name(), ClusterConfig.of(node));
  }

  private static void awaitUp(ActorSystem<Void> system, int nodes) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (up(system) < nodes) {
      assertTrue(System.nanoTime() < deadline, nodes + " members are up within " + LIMIT);
      Thread.onSpinWait();
    }
  }

  private static long up(ActorSystem<Void> system) {
    Iterable<Member> members = Cluster.get(system).state().getMembers();
    return StreamSupport.stream(members.spliterator(), false)
        .filter(member -> member.status() == MemberStatus.up())
        .count();
  }

  private List<String> keys() throws Exception {
    Path keys = folder.resolve("keys.p12");
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "larch",
                "-keyalg",
                "EC",
                "-dname",
                "CN=larch",
                "-validity",
                "365",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                "a-password")
            .inheritIO()
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0);
    return List.of(
        "cluster.tls.key-store=" + keys,
        "cluster.tls.key-store-password=a-password",
        "cluster.tls.trust-store=" + keys,
        "cluster.tls.trust-store-password=a-password");
  }

  private static Config config(String... options) {
    return ClusterConfig.of(NodeFile.load(Optional.empty(), List.of(options)));
  }
}
