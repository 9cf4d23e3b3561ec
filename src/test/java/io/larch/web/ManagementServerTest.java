package io.larch.web;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.config.NodeFile;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.observe.Event;
import io.larch.observe.Json;
import io.larch.observe.TensorFigures;
import io.larch.web.RunControl.Busy;
import io.larch.web.RunControl.Ordered;
import io.larch.web.RunControl.Refused;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(180)
class ManagementServerTest {
  private static final String TOKEN = "a-token-of-some-length";
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static ManagedNode open;
  private static ManagedNode guarded;

  @BeforeAll
  static void startNodes() {
    open = ManagedNode.start();
    guarded = ManagedNode.start("http.token=" + TOKEN);
  }

  @AfterAll
  static void endNodes() {
    open.close();
    guarded.close();
  }

  @Test
  void shouldTakeARun() throws Exception {
    HttpResponse<String> answer = post(open, "submit?resume=true", "larch { lanes = 8 }");
    assertEquals(202, answer.statusCode(), answer.body());
    assertEquals("lenet-1", json(answer).get("run").asText());
    assertTrue(open.control().asked().contains("submit true larch { lanes = 8 }"));
  }

  @Test
  void shouldSayWhichRunIsInTheWay() throws Exception {
    open.control().willSubmit(completedFuture(new Busy("resnet50-3")));
    HttpResponse<String> answer = post(open, "submit", "larch {}");
    open.control().willSubmit(completedFuture(new RunControl.Accepted("lenet-1")));
    assertEquals(409, answer.statusCode());
    assertTrue(answer.body().contains("resnet50-3"), answer.body());
  }

  @Test
  void shouldRefuseInTheFormThatIsAccepted() throws Exception {
    open.control()
        .willSubmit(completedFuture(new Refused("larch.lanes = 3 must be a power of two")));
    HttpResponse<String> text = post(open, "submit", "larch { lanes = 3 }");
    HttpResponse<String> json =
        send(request(open, "submit").header("Accept", "application/json").POST(body("x")));
    open.control().willSubmit(completedFuture(new RunControl.Accepted("lenet-1")));
    assertEquals(400, text.statusCode());
    assertEquals("larch.lanes = 3 must be a power of two\n", text.body());
    assertEquals(400, json.statusCode());
    assertEquals("larch.lanes = 3 must be a power of two", json(json).get("error").asText());
  }

  @Test
  void shouldRefuseARunFileThatIsTooLarge() throws Exception {
    String largest = "#".repeat(RunFile.LARGEST_BYTES);
    HttpResponse<String> announced = post(open, "submit", largest + "#");
    HttpResponse<String> chunked = send(request(open, "submit").POST(chunks(largest + "#")));
    for (HttpResponse<String> answer : List.of(announced, chunked)) {
      assertEquals(413, answer.statusCode(), answer.body());
      assertTrue(answer.body().contains(RunFile.LARGEST_BYTES + " bytes"), answer.body());
    }
    assertEquals(202, post(open, "submit", largest).statusCode());
    assertEquals(202, send(request(open, "submit").POST(chunks(largest))).statusCode());
  }

  @ParameterizedTest
  @CsvSource({
    "stop, stop",
    "checkpoint, checkpoint",
    "../node/flip-bit, flip-bit",
    "../node/kill, kill",
    "../node/leave, leave",
    "../node/pause, pause",
    "../node/sleep, sleep"
  })
  void shouldPassOrdersOn(String path, String order) throws Exception {
    HttpResponse<String> answer = post(open, path, "");
    assertEquals(202, answer.statusCode(), answer.body());
    assertEquals(7, json(answer).get("step").asLong());
    assertTrue(open.control().asked().contains(order));

    open.control().willOrder(completedFuture(Ordered.NOBODY));
    HttpResponse<String> nobody = post(open, path, "");
    open.control().willOrder(completedFuture(new Ordered("lenet-1", 7)));
    assertEquals(409, nobody.statusCode());
    assertEquals("No run is in progress.\n", nobody.body());
  }

  @Test
  void shouldTellTheStatus() throws Exception {
    Status status = SampleStatus.training();
    open.control().willTell(completedFuture(status));
    HttpResponse<String> answer = fetch(open, "/larch/run/status");
    open.control().willTell(completedFuture(Status.IDLE));
    assertEquals(200, answer.statusCode());
    assertEquals(status, Json.read(answer.body(), Status.class));
    JsonNode json = json(answer);
    assertEquals("training", json.get("state").asText());
    assertEquals(2, json.get("nodes").get(0).get("lanes").get(1).asInt());
    JsonNode step = json.get("nodes").get(0).get("last_step");
    assertEquals(0.125, step.get("devices").get(0).get("reduce").asDouble());
    assertEquals(0.75, step.get("hidden").asDouble());
    assertTrue(json.get("result").isNull());
  }

  @ParameterizedTest
  @CsvSource({
    "submit,     POST, 401",
    "stop,       POST, 401",
    "checkpoint, POST, 401",
    "../node/flip-bit, POST, 401",
    "../node/kill, POST, 401",
    "status,     GET,  200",
    "events,     GET,  404"
  })
  void shouldAskForTheTokenWhereStateChanges(String path, String method, int without)
      throws Exception {
    HttpRequest.Builder request = request(guarded, path).method(method, body(""));
    assertEquals(without, send(request).statusCode());
    assertEquals(without, send(request.header("Authorization", "Bearer wrong")).statusCode());
    int with = send(request.setHeader("Authorization", "Bearer " + TOKEN)).statusCode();
    assertEquals(without == 401 ? 202 : without, with);
  }

  @Test
  void shouldNotLetAPageFromElsewhereChangeState() throws Exception {
    HttpRequest.Builder stop = request(open, "stop").POST(body(""));
    assertEquals(403, send(stop.header("Origin", "http://elsewhere.example")).statusCode());
    String own = open.address().toString();
    assertEquals(202, send(stop.setHeader("Origin", own)).statusCode());
  }

  /** Whoever owns a name can have it lead here, and then origin and host are equal. */
  @ParameterizedTest
  @CsvSource({
    "rebound.example, 403",
    "127.0.0.1.rebound.example, 403",
    "localhost.rebound.example, 403",
    "10.0.0.1, 403",
    "localhost, 202",
    "LOCALHOST, 202",
    "127.0.0.1, 202",
    "127.1.2.3, 202",
    "[::1], 202"
  })
  void shouldTakeOrdersWithoutATokenOnlyByItsOwnNames(String host, int status) throws Exception {
    String named = host + ":" + open.address().getPort();
    String answer = raw(open, "POST /larch/run/stop", named, "Origin: http://" + named);
    assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
    assertEquals(status == 403, answer.contains("larch.http.token"), answer);
    assertTrue(raw(open, "GET /larch/run/status", named).startsWith("HTTP/1.1 200"), "reading");
    assertTrue(raw(open, "GET /alive", named).startsWith("HTTP/1.1 200"), "a probe");
  }

  @Test
  void shouldTakeOrdersWithATokenByAnyName() throws Exception {
    String answer =
        raw(guarded, "POST /larch/run/stop", "node.example", "Authorization: Bearer " + TOKEN);
    assertTrue(answer.startsWith("HTTP/1.1 202"), answer);
  }

  /** What a client of the library cannot send: a host of its own choice. */
  private static String raw(ManagedNode node, String request, String host, String... headers)
      throws IOException {
    try (Socket socket = asking(node, request, host, headers)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Socket asking(ManagedNode node, String request, String host, String... headers)
      throws IOException {
    List<String> lines = new ArrayList<>(List.of(request + " HTTP/1.1", "Host: " + host));
    lines.addAll(List.of(headers));
    lines.addAll(List.of("Content-Length: 0", "Connection: close", "", ""));
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.address().getPort());
    socket.setSoTimeout((int) LIMIT.toMillis());
    socket.getOutputStream().write(String.join("\r\n", lines).getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  @Test
  void shouldGiveFiguresToPrometheus() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(open.address().resolve("/metrics")).build();
    HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
    assertEquals(200, answer.statusCode());
    assertTrue(answer.headers().firstValue("Content-Type").orElse("").startsWith("text/plain"));
    assertTrue(answer.body().contains("larch_steps_total 7.0"), answer.body());
  }

  @Test
  void shouldGiveTheTimelineAsOneArray() throws Exception {
    HttpResponse<String> answer = send(request(open, "timeline?steps=3").GET());
    assertEquals(200, answer.statusCode(), answer.body());
    assertEquals("two", json(answer).get(1).get("name").asText());
    assertTrue(open.control().asked().contains("timeline 3"));
    assertEquals(400, send(request(open, "timeline?steps=0").GET()).statusCode());
  }

  @Test
  void shouldEndATimelineWhoseReaderHasGone() throws Exception {
    try (ManagedNode node = ManagedNode.start()) {
      String endless = "GET /larch/run/timeline?steps=" + ScriptedControl.ENDLESS;
      try (Socket reader = asking(node, endless, "localhost")) {
        reader.setSoLinger(true, 0);
        node.control().recordingBegun().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      }
      node.control().recordingStopped().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Whatever the page names is there, and it all weighs little. */
  @Test
  void shouldServeTheDashboardWhole() throws Exception {
    HttpResponse<String> page = fetch(open, "/larch");
    assertEquals(200, page.statusCode());
    assertTrue(page.body().contains("<noscript>") && page.body().contains("larch status"));
    int weight = page.body().length();
    Matcher named =
        Pattern.compile("(?:src|href)=\"(larch/dashboard/[^\"]+)\"").matcher(page.body());
    int files = 0;
    while (named.find()) {
      HttpResponse<String> file = fetch(open, "/" + named.group(1));
      assertEquals(200, file.statusCode(), named.group(1));
      weight += file.body().length();
      files++;
    }
    assertTrue(files >= 4 && weight < 250_000, files + " files of " + weight);
    assertEquals(404, fetch(open, "/larch/dashboard/../reference.conf").statusCode());
    assertEquals(404, fetch(open, "/larch/dashboard/other.js").statusCode());
  }

  @Test
  void shouldShowTheTreeOfASlice() throws Exception {
    JsonNode tree = json(fetch(open, "/larch/run/tree?slice=0"));
    assertEquals("conv1", tree.get("layer").asText());
    assertEquals("[[0,1],[1]]", tree.get("levels").toString());
    assertEquals("[{\"from\":1,\"to\":0}]", tree.get("down").toString());
    assertEquals(404, fetch(open, "/larch/run/tree?slice=9").statusCode());
    assertEquals(400, fetch(open, "/larch/run/tree?slice=one").statusCode());
  }

  @Test
  void shouldShowPastRuns() throws Exception {
    assertEquals(
        "lenet-0", json(fetch(open, "/larch/runs")).get("runs").get(0).get("name").asText());
    assertEquals(200, fetch(open, "/larch/runs/lenet-0?points=5").statusCode());
    assertEquals(404, fetch(open, "/larch/runs/lenet-9").statusCode());
  }

  /** However long a run is, what is shown of it is short, and the events go on from there. */
  @Test
  void shouldShowALongRunInFewPoints() throws Exception {
    try (ManagedNode node = ManagedNode.start()) {
      assertTrue(json(fetch(node, "/larch/run/history")).get("run").isNull());
      RunEvents events = node.control().events();
      events.begin("long");
      for (int step = 1; step <= 100_000; step++) {
        events.on(new Event.Step(step, 0, 1.0 / step, 0.5, 1, 100, 1, 0, List.of()));
      }
      HttpResponse<String> answer = fetch(node, "/larch/run/history?points=1000");
      JsonNode history = json(answer);
      assertTrue(answer.body().length() < 200_000, "bytes: " + answer.body().length());
      assertEquals(100_000, history.get("number").asLong());
      JsonNode shown = history.get("history");
      assertTrue(shown.get("steps").size() <= 1_000);
      assertEquals(1, shown.get("figures").get("loss").get("greatest").get(0).asDouble());
      events.on(new Event.Layers(100_001, List.of(new TensorFigures("w", 1, 2, 0.5))));
      events.on(new Event.Warning("late"));
      events.end(RunEvents.End.DONE, "");
      String later = fetch(node, "/larch/run/events?layers=false&after=100000").body();
      assertTrue(later.contains("late") && later.contains("ended"), later);
      assertFalse(later.contains("tensors") || later.contains("\"step\":100000"), later);
      JsonNode heat = json(fetch(node, "/larch/run/layers?figure=gradient"));
      assertEquals(2, heat.get("values").get(0).get(0).asDouble());
      assertEquals(400, fetch(node, "/larch/run/layers?figure=none").statusCode());
    }
  }

  @Test
  void shouldSayWhatFailed() throws Exception {
    open.control().willTell(failedFuture(new Refusal("one paragraph")));
    HttpResponse<String> refused = fetch(open, "/larch/run/status");
    open.control().willTell(failedFuture(new java.util.concurrent.TimeoutException()));
    HttpResponse<String> late = fetch(open, "/larch/run/status");
    open.control().willTell(completedFuture(Status.IDLE));
    assertEquals(400, refused.statusCode());
    assertEquals("one paragraph\n", refused.body());
    assertEquals(503, late.statusCode());
    assertTrue(late.body().contains("did not answer"), late.body());
  }

  @ParameterizedTest
  @CsvSource({"/larch/nothing, GET, 404", "/larch/run/stop, GET, 405", "/, GET, 404"})
  void shouldAnswerWrongAddressesInAParagraph(String path, String method, int status)
      throws Exception {
    HttpResponse<String> answer = fetch(open, path);
    assertEquals(status, answer.statusCode());
    assertEquals(1, answer.body().lines().count(), answer.body());
  }

  @Test
  void shouldShowMembershipAndHealthButChangeNothing() throws Exception {
    assertEquals(200, fetch(open, "/alive").statusCode());
    awaitReady();
    HttpResponse<String> members = fetch(open, "/cluster/members");
    assertEquals(200, members.statusCode());
    String self = json(members).get("selfNode").asText();
    assertTrue(self.startsWith("akka://larch@127.0.0.1:"), self);
    HttpRequest.Builder leave =
        HttpRequest.newBuilder(open.address().resolve("/cluster/members/" + self.substring(7)));
    assertEquals(405, send(leave.DELETE()).statusCode());
  }

  private static void awaitReady() throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (fetch(open, "/ready").statusCode() != 200) {
      assertTrue(System.nanoTime() < deadline, "the node is a member within " + LIMIT);
    }
  }

  @Test
  void shouldTellEventsToTheEnd() throws Exception {
    try (ManagedNode node = ManagedNode.start()) {
      assertEquals(404, fetch(node, "/larch/run/events").statusCode());
      RunEvents events = node.control().events();
      events.begin("lenet-1");
      events.on(new Event.Warning("first"));
      HttpResponse<Stream<String>> answer =
          HTTP.send(request(node, "events").build(), BodyHandlers.ofLines());
      assertEquals(Optional.of("text/event-stream"), answer.headers().firstValue("Content-Type"));
      Iterator<String> lines = answer.body().filter(line -> !line.isBlank()).iterator();
      assertEquals(
          List.of("data:{\"event\":\"warning\",\"text\":\"first\"}", "event:told", "id:1"),
          three(lines));
      events.on(new Event.Warning("second"));
      events.end(RunEvents.End.DIVERGED, "too fast");
      assertEquals("data:{\"event\":\"warning\",\"text\":\"second\"}", three(lines).get(0));
      assertEquals("event:ended", three(lines).get(1));
      assertEquals(false, lines.hasNext());
    }
  }

  @Test
  void shouldGoOnAfterTheLastEventSeen() throws Exception {
    try (ManagedNode node = ManagedNode.start()) {
      RunEvents events = node.control().events();
      events.begin("lenet-1");
      events.on(new Event.Warning("first"));
      events.end(RunEvents.End.DONE, null);
      String body = send(request(node, "events").header("Last-Event-ID", "1").GET()).body();
      assertTrue(!body.contains("first") && body.contains("\"end\":\"done\""), body);
    }
  }

  @Test
  void shouldSayThatThePortIsTaken() {
    String port = "http.port=" + open.address().getPort();
    Refusal refusal =
        assertThrows(
            Refusal.class,
            () ->
                ManagementServer.start(
                    open.system(), NodeFile.load(Optional.empty(), List.of(port)), open.control()));
    assertTrue(refusal.getMessage().contains(":" + open.address().getPort()), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("larch.http.port"), refusal.getMessage());
  }

  /** Two nodes that know nothing but two management endpoints form one cluster. */
  @Test
  void shouldFindOneAnotherThroughTheirEndpoints() throws Exception {
    int[] ports = freePorts();
    String[] options = {
      "cluster.bootstrap.discovery=config",
      "cluster.bootstrap.endpoints=[\"127.0.0.1:%d\", \"127.0.0.1:%d\"]"
          .formatted(ports[0], ports[1])
    };
    try (ManagedNode one = ManagedNode.looking("http.port=" + ports[0], options);
        ManagedNode two = ManagedNode.looking("http.port=" + ports[1], options)) {
      long deadline = System.nanoTime() + LIMIT.toNanos();
      for (ManagedNode node : List.of(one, two)) {
        while (json(fetch(node, "/cluster/members")).get("members").size() < 2) {
          assertTrue(System.nanoTime() < deadline, "both are members within " + LIMIT);
        }
      }
    }
  }

  private static int[] freePorts() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket one = new ServerSocket(0, 1, loopback);
        ServerSocket two = new ServerSocket(0, 1, loopback)) {
      return new int[] {one.getLocalPort(), two.getLocalPort()};
    }
  }

  private static List<String> three(Iterator<String> lines) {
    return List.of(lines.next(), lines.next(), lines.next());
  }

  private static HttpResponse<String> post(ManagedNode node, String path, String text)
      throws Exception {
    return send(request(node, path).POST(body(text)));
  }

  private static HttpResponse<String> fetch(ManagedNode node, String path) throws Exception {
    return send(HttpRequest.newBuilder(node.address().resolve(path)));
  }

  private static HttpRequest.Builder request(ManagedNode node, String path) {
    URI run = node.address().resolve("/larch/run/");
    return HttpRequest.newBuilder(run.resolve(path)).timeout(LIMIT);
  }

  private static HttpRequest.BodyPublisher body(String text) {
    return text.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(text);
  }

  private static HttpRequest.BodyPublisher chunks(String text) {
    return BodyPublishers.ofInputStream(
        () -> new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) throws IOException {
    return new ObjectMapper().readTree(answer.body());
  }
}
