package io.larch.cli;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.larch.observe.Event;
import io.larch.observe.JsonLines;
import io.larch.observe.PlainProgress;
import io.larch.web.ManagedNode;
import io.larch.web.RunControl;
import io.larch.web.RunControl.Busy;
import io.larch.web.RunControl.Ordered;
import io.larch.web.RunControl.Refused;
import io.larch.web.RunEvents;
import io.larch.web.RunEvents.End;
import io.larch.web.SampleStatus;
import io.larch.web.ScriptedControl;
import io.larch.web.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that talk to a cluster, against a real endpoint. */
@Timeout(120)
class ClusterCommandsTest {
  private static final String TOKEN = "a-token-of-some-length";
  private static final String RUN =
      "larch { model = mlp, data.name = idx, epochs = 1, schedule.rate = 1 }";
  private static final List<Event> EVENTS =
      List.of(
          new Event.Started(0, 2, 256, 2, "mlp", 1234),
          new Event.Settings(List.of("tensor  shape", "w  2x3")),
          new Event.Step(1, 0.5, 2.25, 0.125, 0.0, 1000, 0.256, 0.001, List.of()),
          new Event.Step(2, 1.0, Double.NaN, 0.25, 0.5, 2000, 0.128, 0.0, List.of()),
          new Event.Evaluated(2, 1.5, 0.5, 0.75, null, 100, 0.0),
          new Event.Result(
              2, 1.0, 512, 1.5, 0.5, 0.75, null, 1500.0, null, 0.2, 0.0, null, "abc", true));

  private static ManagedNode node;
  private static ManagedNode guarded;

  @TempDir Path folder;

  @BeforeAll
  static void startNodes() {
    node = ManagedNode.start();
    guarded = ManagedNode.start("http.token=" + TOKEN);
  }

  @AfterAll
  static void endNodes() {
    node.close();
    guarded.close();
  }

  @Test
  void shouldSubmitOneWholeText() throws IOException {
    Files.writeString(folder.resolve("part.conf"), "lanes = 4");
    Path file =
        run(
            "larch { include \"part.conf\", model = mlp, data.name = idx, epochs = ${two} }\ntwo = 2");
    Session session = to(node, "submit", file.toString(), "-D", "schedule.rate=3", "--resume");
    assertEquals(0, session.exitCode(), session.err());
    assertTrue(session.out().contains("lenet-1 was submitted"), session.out());
    String asked = last(node.control().asked());
    assertTrue(asked.startsWith("submit true "), asked);
    assertEquals(
        ConfigFactory.parseString(
            "larch { lanes = 4, model.name = mlp, data.name = idx, epochs = 2, schedule.rate = 3 }"),
        ConfigFactory.parseString(asked.substring("submit true ".length())));
  }

  @Test
  void shouldRefuseAWrongRunBeforeItIsSent() throws IOException {
    Session session = to(node, "submit", run("larch { lanes = 3 }").toString());
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("power of two"), session.err());
    assertFalse(session.err().contains("data.path"), "the nodes may know it");
  }

  @Test
  void shouldSayWhyARunIsNotTaken() throws IOException {
    String file = run(RUN).toString();
    node.control().willSubmit(completedFuture(new Busy("resnet50-3")));
    Session busy = to(node, "submit", file);
    node.control().willSubmit(completedFuture(new Refused("no data here")));
    Session refused = to(node, "submit", file);
    node.control().willSubmit(completedFuture(new RunControl.Accepted("lenet-1")));
    assertEquals(1, busy.exitCode());
    assertTrue(busy.err().contains("resnet50-3"), busy.err());
    assertEquals(2, refused.exitCode());
    assertEquals("larch: no data here\n", refused.err());
  }

  @Test
  void shouldSendTheToken() throws IOException {
    String file = run(RUN).toString();
    Session without = to(guarded, "submit", file);
    assertEquals(2, without.exitCode());
    assertTrue(without.err().contains("--token"), without.err());
    assertEquals(1, without.err().lines().count(), without.err());
    assertEquals(0, to(guarded, "submit", file, "--token", TOKEN).exitCode());
    assertEquals(0, to(guarded, "status").exitCode());
  }

  @Test
  void shouldStop() {
    Session session = to(node, "stop", "--json");
    assertEquals(0, session.exitCode(), session.err());
    assertEquals("{\"event\":\"result\",\"run\":\"lenet-1\",\"step\":7}\n", session.out());
    node.control().willOrder(completedFuture(Ordered.NOBODY));
    Session nobody = to(node, "stop");
    node.control().willOrder(completedFuture(new Ordered("lenet-1", 7)));
    assertEquals(1, nobody.exitCode());
    assertEquals("larch: No run is in progress.\n", nobody.err());
  }

  @Test
  void shouldConfirmOnlyTheDeathOfWhoIsSilent() {
    Session silent = to(node, "confirm-death", ScriptedControl.SILENT);
    Session other = to(node, "confirm-death", "10.0.0.1:25520");
    assertEquals(0, silent.exitCode(), silent.err());
    assertEquals("The cluster goes on without 10.0.0.9:25520.\n", silent.out());
    assertEquals(1, other.exitCode());
    assertTrue(other.err().contains("No silent node of the cluster has"), other.err());
    assertEquals(2, to(guarded, "confirm-death", ScriptedControl.SILENT).exitCode());
  }

  @Test
  void shouldShowTheStatus() throws IOException {
    node.control().willTell(completedFuture(SampleStatus.training()));
    Session words = to(node, "status");
    Session json = to(node, "status", "--json");
    node.control().willTell(completedFuture(Status.IDLE));
    assertEquals(0, words.exitCode(), words.err());
    assertTrue(words.out().contains("lenet-1: training, step 20 of 37"), words.out());
    assertTrue(words.out().contains("lanes 1-3"), words.out());
    assertTrue(words.out().contains("device 1  data 0.000 s, pack 0.250 s"), words.out());
    assertTrue(words.out().contains("communication 0.500 s, 75 % of it hidden"), words.out());
    JsonNode line = new ObjectMapper().readTree(json.lastLine());
    assertEquals("result", line.get("event").asText());
    assertEquals("one", line.get("slices").get(0).get("node").asText());
    assertTrue(to(node, "status").out().contains("no run has been submitted"));
  }

  @Test
  void shouldWatchWithTheWordsOfTrain() {
    assertEquals(printed(out -> new PlainProgress(out, System::nanoTime)), watched("plain"));
    assertEquals(printed(JsonLines::new), watched("json", "--json"));
  }

  private static String watched(String name, String... options) {
    RunEvents events = node.control().events();
    events.begin(name);
    EVENTS.forEach(events::on);
    events.end(End.DONE, null);
    List<String> args = new ArrayList<>(List.of("watch"));
    args.addAll(List.of(options));
    Session session = to(node, args.toArray(String[]::new));
    assertEquals(0, session.exitCode(), session.err());
    return session.out();
  }

  private static String printed(Function<PrintStream, Event.Listener> listener) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Event.Listener printer = listener.apply(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    EVENTS.forEach(printer::on);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void shouldFollowARunThatGoesOn() throws Exception {
    RunEvents events = node.control().events();
    events.begin("slow");
    events.on(EVENTS.get(0));
    CompletableFuture<Session> watching = CompletableFuture.supplyAsync(() -> to(node, "watch"));
    EVENTS.subList(1, EVENTS.size()).forEach(events::on);
    events.end(End.DONE, null);
    Session session = watching.get(60, TimeUnit.SECONDS);
    assertEquals(0, session.exitCode(), session.err());
    assertTrue(session.lastLine().contains("abc"), session.out());
  }

  @ParameterizedTest
  @CsvSource({
    "FAILED, 1, it broke",
    "REFUSED, 2, cannot be",
    "DIVERGED, 3, not finite",
    "STOPPED, 1, was stopped"
  })
  void shouldEndAsTheRunDid(End end, int exitCode, String word) {
    RunEvents events = node.control().events();
    events.begin("ended");
    events.end(end, word);
    Session session = to(node, "watch");
    assertEquals(exitCode, session.exitCode());
    assertTrue(session.err().contains(word), session.err());
  }

  @Test
  void shouldSayThatThereIsNothingToWatch() {
    Session session = to(guarded, "watch");
    assertEquals(1, session.exitCode());
    assertTrue(session.err().contains("No run has been submitted"), session.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "stop", "watch"})
  void shouldSayThatNobodyListens(String command) throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Session session = Session.of(command, "--to", "http://127.0.0.1:" + port);
    assertEquals(1, session.exitCode());
    assertTrue(session.err().contains("cannot be reached"), session.err());
    assertEquals(1, session.err().lines().count(), session.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1:80", "ftp://x", "http:", "not a url", "http://no-such-host.invalid"})
  void shouldRefuseAWrongAddress(String url) {
    Session session = Session.of("status", "--to", url);
    assertEquals(2, session.exitCode(), session.err());
    assertTrue(session.err().startsWith("larch: --to " + url), session.err());
  }

  private Path run(String text) throws IOException {
    return Files.writeString(folder.resolve("run.conf"), text);
  }

  private static Session to(ManagedNode node, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--to", node.address().toString()));
    return Session.of(all.toArray(String[]::new));
  }

  private static String last(List<String> list) {
    return list.get(list.size() - 1);
  }
}
