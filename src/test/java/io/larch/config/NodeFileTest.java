package io.larch.config;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ClusterSettings.Artery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeFileTest {
  private static final String TOKEN = "a-token-of-some-length";
  private static final String RUN = "larch { model = mlp, epochs = 1, schedule.rate = 1, ";

  @TempDir Path folder;

  @Test
  void shouldBeginAClusterAloneOnLoopbackWithoutAFile() {
    NodeSettings node = node();
    assertTrue(node.cluster().alone());
    assertEquals("127.0.0.1", node.cluster().host());
    assertEquals("127.0.0.1", node.http().bindHost());
    assertEquals("", node.http().token());
    assertEquals(0, node.devices(), "auto");
    assertEquals(Optional.empty(), node.out());
  }

  @Test
  void shouldReadEveryKeyOfTheReferenceAndNoOther() {
    Keys keys = new Keys(NodeFile.defaults());
    assertEquals(1, new NodeReader(keys).node(ConfigFactory.empty()).cluster().roles().size() + 1);
    assertEquals(UnknownKeys.of(NodeFile.defaults()), keys.read());
    assertEquals(List.of(), keys.problems());
  }

  @Test
  void shouldShareOnlyDevicesAndTheDataPathWithRuns() {
    Set<String> both = new HashSet<>(UnknownKeys.of(NodeFile.defaults()));
    both.retainAll(UnknownKeys.of(NodeFile.runDefaults()));
    assertEquals(Set.of("devices", "data.path"), both);
  }

  @Test
  void shouldReadAWholeNode() throws IOException {
    NodeSettings node =
        NodeFile.load(
            Optional.of(
                write(
                    """
                    larch {
                      cluster {
                        name = spruce, host = 10.0.0.1, port = 4000, bind-host = 0.0.0.0
                        seeds = ["10.0.0.1:4000", "[fe80::1]:4001"]
                        roles = [fast]
                        artery = aeron-udp
                        patience { acceptable-pause = 1 minute }
                      }
                      http { host = 10.0.0.1, port = 8080, token = a-token-of-some-length }
                      devices = 2
                      data { path = /data, root = /mnt }
                      out = /out
                      stall-limit = 3 minutes
                    }
                    akka.loglevel = DEBUG
                    """)),
            List.of());
    assertEquals("10.0.0.1:4000", node.cluster().seeds().get(0).toString());
    assertEquals("0.0.0.0", node.cluster().bindHost());
    assertEquals(Artery.AERON_UDP, node.cluster().artery());
    assertEquals(Duration.ofMinutes(1), node.cluster().patience().acceptablePause());
    assertEquals(Duration.ofMinutes(3), node.stallLimit());
    assertEquals(Optional.of(Path.of("/out")), node.out());
    assertEquals("DEBUG", node.akka().getString("akka.loglevel"));
    assertFalse(node.toString().contains(TOKEN), "a token is not shown");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cluster.prot=1        | larch.cluster.prot (-D cluster.prot=1) is not known; did you mean larch.cluster.port?",
        "lanes=4               | larch.lanes (-D lanes=4) belongs in a run file",
        "cluster.port=70000    | must be a port from 0 to 65535",
        "cluster.port=many     | has the wrong type",
        "cluster.seeds=[\"a\"] | holds \"a\", which is not host:port",
        "cluster.seeds=[\"a:0\"] | holds \"a:0\", which is not host:port",
        "cluster.name=a b      | must consist of letters",
        "cluster.host=0.0.0.0  | must be an address by which others reach this node",
        "cluster.artery=udp    | must be one of tcp, tls-tcp, aeron-udp",
        "cluster.patience.acceptable-pause=1 s | must be longer than larch.cluster.patience.heartbeat-interval",
        "cluster.patience.join-limit=0 s | must be 1 ms or more",
        "cluster.bootstrap.discovery=dns | larch.cluster.bootstrap.service",
        "cluster.bootstrap.discovery=config | larch.cluster.bootstrap.endpoints",
        "http.host=10.0.0.1    | so larch.http.token must be given",
        "http.bind-host=0.0.0.0 | larch.http.bind-host = 0.0.0.0 (-D http.bind-host=0.0.0.0) can be reached",
        "http.host=127.0.0.1.example.org | so larch.http.token must be given",
        "http.token=short      | larch.http.token must be at least 16 characters",
        "devices=0             | must be a whole number from 1",
        "stall-limit=soon      | larch.stall-limit = soon",
        "cluster=1             | it is a group",
      })
  void shouldRefuseWhatCannotBe(String option, String sentence) {
    Refusal refusal = assertThrows(Refusal.class, () -> node(option.trim()));
    assertTrue(refusal.getMessage().contains(sentence), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("1 setting is wrong"), refusal.getMessage());
  }

  @Test
  void shouldNameAllMistakesAtOnce() {
    String message =
        assertThrows(
                Refusal.class,
                () ->
                    node(
                        "cluster.artery=tls-tcp",
                        "http.port=0",
                        "cluster.seeds=[\"a:1\"]",
                        "cluster.bootstrap.discovery=dns"))
            .getMessage();
    assertTrue(message.contains("5 settings are wrong"), message);
    for (String key :
        List.of("tls.key-store", "tls.trust-store", "http.port", "seeds", "bootstrap.service")) {
      assertTrue(message.contains(key), message);
    }
  }

  @Test
  void shouldRefuseANodesKeyInARun() {
    Refusal refusal =
        assertThrows(
            Refusal.class, () -> RunFile.load(Optional.empty(), List.of("cluster.port=1")));
    assertTrue(
        refusal.getMessage().contains("belongs in the file of a node"), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data.path = x, data.name = idx | data.root=/mnt  | /mnt/x",
        "data.path = /x, data.name = idx | data.root=/mnt | /x",
        "data.path = x, data.name = idx | data.path=/here | /here",
        "data.name = idx                | data.path=/here | /here",
        "data.path = x, data.name = idx | devices=1       | x"
      })
  void shouldPutANodesPathsOverThoseOfARun(String run, String option, String path) {
    RunSettings settings = RunFile.submitted(RUN + run + "}", node(option));
    assertEquals(path, settings.data().path());
  }

  @Test
  void shouldPutANodesDevicesOverThoseOfARun() {
    String run = RUN + "data.name = glyphs, devices = 3 }";
    assertEquals(2, RunFile.submitted(run, node("devices=2")).devices());
    assertEquals(0, RunFile.submitted(run, node()).devices(), "auto");
    Refusal refusal = assertThrows(Refusal.class, () -> RunFile.submitted(run, node("devices=9")));
    assertTrue(refusal.getMessage().contains("the node's own devices"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("is more than larch.lanes = 8"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include \"/etc/hostname\"",
        "include file(\"/etc/hostname\")",
        "include classpath(\"reference.conf\")",
        "include required(file(\"/etc/hostname\"))",
        "include url(\"file:///etc/hostname\")",
        "larch.data.path = ${HOME}",
        "larch {"
      })
  void shouldTakeNothingOfThisMachineIntoASubmittedRun(String text) {
    Refusal refusal = assertThrows(Refusal.class, () -> RunFile.submitted(text, node()));
    assertTrue(refusal.getMessage().startsWith("The submitted run cannot be read"));
  }

  static Stream<String> bombs() {
    int many = 30_000;
    StringBuilder laughs = new StringBuilder("a0 = lol\n");
    for (int i = 1; i < 40; i++) {
      laughs.append("a%d = ${a%d}${a%d}\n".formatted(i, i - 1, i - 1));
    }
    return Stream.of(
        "{a:".repeat(many),
        "{a:".repeat(many) + "1" + "}".repeat(many),
        "a=" + "[".repeat(many) + "]".repeat(many),
        "a.".repeat(many) + "b = 1",
        laughs.toString(),
        "a = ${a}",
        "a = ${b}, b = ${a}",
        "a = 1\n" + "a += 1\n".repeat(9_000),
        IntStream.range(0, 6_000).mapToObj(i -> "a.b" + i + "=1\n").collect(joining()),
        "a = 1\n".repeat(100_000));
  }

  @ParameterizedTest
  @MethodSource("bombs")
  @Timeout(30)
  void shouldRefuseTextsThatWouldFillMemoryOrStack(String bomb) {
    Refusal refusal = assertThrows(Refusal.class, () -> RunFile.submitted(bomb, node()));
    assertTrue(refusal.getMessage().startsWith("The submitted run"), refusal.getMessage());
    assertTrue(refusal.getMessage().length() < 10_000, "a paragraph");
  }

  @Test
  void shouldReadASubmittedRunUpToItsLargestSizeInBytes() {
    String run = RUN + "data.name = glyphs }#";
    String most = "ä".repeat((RunFile.LARGEST_BYTES - run.length()) / 2);
    assertEquals("mlp", RunFile.submitted(run + most, node()).model().name());
    Refusal refusal =
        assertThrows(Refusal.class, () -> RunFile.submitted(run + most + "ä", node()));
    assertTrue(
        refusal.getMessage().contains("at most " + RunFile.LARGEST_BYTES), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, true",
    "127.0.0.1, true",
    "[::1], true",
    "node.example, true",
    "NODE.example, true",
    "other.example, false",
    "127.0.0.1.example, false",
    "'', false"
  })
  void shouldKnowTheNamesOfItsEndpoint(String name, boolean own) {
    HttpSettings http = node("http.host=node.example", "http.bind-host=127.0.0.1").http();
    assertEquals(own, http.isNamed(name));
    HttpSettings ofAddress = node("http.host=fd00::1", "http.bind-host=127.0.0.1").http();
    assertTrue(ofAddress.isNamed("[fd00::1]"));
  }

  private static NodeSettings node(String... options) {
    return NodeFile.load(Optional.empty(), List.of(options));
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("node.conf"), text);
  }
}
