package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes are killed, join and leave in mid-run, and the run ends in the bits of one process. */
@Tag("gate")
@Timeout(300)
class ChurnIT {
  private static final String JAR = System.getProperty("larch.jar");
  private static final int STEPS = 60;
  private static final List<String> RUN =
      List.of(
          "model=lenet",
          "data.train-samples=400",
          "data.test-samples=70",
          "lanes=8",
          "micro-batch=4",
          "global-batch=256",
          "epochs=100",
          "steps=" + STEPS,
          "slice-bytes=256KiB",
          "data.name=glyphs",
          "optimizer.name=lars",
          "schedule.rate=15");

  /** A node of the cluster and where it answers. */
  private record Running(Process process, String management) {}

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> started = new ArrayList<>();
  private int seedPort;
  private String seeds;

  @TempDir Path folder;

  @BeforeEach
  void choosePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      seedPort = socket.getLocalPort();
    }
    seeds = "cluster.seeds=[\"127.0.0.1:" + seedPort + "\"]";
  }

  @AfterEach
  void end() throws InterruptedException {
    started.forEach(Process::destroyForcibly);
    for (Process process : started) {
      assertTrue(process.waitFor(40, TimeUnit.SECONDS));
    }
  }

  @Test
  void shouldGoOnWithoutAKilledNode() throws Exception {
    String undisturbed = undisturbed();
    List<Running> nodes = submitTo(3);
    awaitStep(nodes.get(0), 5);
    nodes.get(2).process().destroyForcibly();
    assertEquals(undisturbed, digest(nodes.get(1)));
  }

  @Test
  void shouldGoOnWithoutTheNodeThatLeads() throws Exception {
    String undisturbed = undisturbed();
    List<Running> nodes = submitTo(3);
    awaitStep(nodes.get(1), 5);
    nodes.get(0).process().destroyForcibly();
    assertEquals(undisturbed, digest(nodes.get(1)));
  }

  @Test
  void shouldTakeInAndLetGoNodesInMidRun() throws Exception {
    String undisturbed = undisturbed();
    List<Running> nodes = submitTo(2);
    awaitStep(nodes.get(0), 5);
    Running joiner = node(0);
    await(() -> parts(nodes.get(1)) == 3, "three nodes train");
    nodes.get(0).process().destroy();
    await(() -> parts(joiner) == 2, "two nodes train");
    assertEquals(undisturbed, digest(joiner));
    assertTrue(nodes.get(0).process().waitFor(40, TimeUnit.SECONDS));
  }

  private List<Running> submitTo(int count) throws Exception {
    List<Running> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(node(i == 0 ? seedPort : 0));
    }
    await(() -> up(nodes.get(count - 1)) == count, count + " members are up");
    String to = nodes.get(0).management();
    assertEquals(0, larch(List.of("submit", runFile(), "--to", to)).waitFor());
    return nodes;
  }

  private Running node(int port) throws IOException {
    List<String> command = new ArrayList<>(List.of("node", "--json"));
    for (String setting :
        List.of(
            "cluster.port=" + port,
            "http.port=0",
            seeds,
            "devices=1",
            "cluster.patience.acceptable-pause=8s",
            "cluster.patience.stable-after=4s")) {
      command.addAll(List.of("-D", setting));
    }
    Process process = larch(command);
    String management = json.readTree(process.inputReader().readLine()).get("management").asText();
    return new Running(process, management);
  }

  private String undisturbed() throws Exception {
    return result(larch(List.of("train", runFile(), "--json"))).get("weights_sha256").asText();
  }

  private String digest(Running node) throws Exception {
    JsonNode result = result(larch(List.of("watch", "--to", node.management(), "--json")));
    assertEquals("result", result.path("event").asText(), result.toString());
    assertEquals(STEPS, result.get("step").asInt());
    return result.get("weights_sha256").asText();
  }

  private JsonNode result(Process process) throws IOException {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return json.readTree(out.substring(out.lastIndexOf('\n', out.length() - 2) + 1));
  }

  private void awaitStep(Running node, int step) {
    await(() -> status(node).path("step").asInt() >= step, "step " + step);
  }

  private int parts(Running node) {
    return status(node).path("nodes").size();
  }

  private int up(Running node) {
    return get(node.management() + "/cluster/members").split("\"status\":\"Up\"", -1).length - 1;
  }

  private JsonNode status(Running node) {
    try {
      return json.readTree(get(node.management() + "/larch/run/status"));
    } catch (IOException e) {
      return json.createObjectNode();
    }
  }

  private String get(String url) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10)).build();
      return http.send(request, BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (!condition.getAsBoolean()) {
      assertFalse(System.nanoTime() > deadline, "not within 90 s: " + what);
      Thread.onSpinWait();
    }
  }

  private String runFile() throws IOException {
    Path file = folder.resolve("run.conf");
    return Files.writeString(file, "larch {\n" + String.join("\n", RUN) + "\n}\n").toString();
  }

  private Process larch(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx512m", "-jar", JAR));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    return process;
  }
}
