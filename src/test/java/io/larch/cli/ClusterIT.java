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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clusters of real processes end in the bits of one process. */
@Timeout(240)
class ClusterIT {
  private static final String JAR = System.getProperty("larch.jar");
  private static final List<String> RUN =
      List.of(
          "model=lenet",
          "data.train-samples=400",
          "data.test-samples=70",
          "lanes=8",
          "micro-batch=4",
          "global-batch=64",
          "epochs=2",
          "steps=6",
          "slice-bytes=256KiB");

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> started = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();

  @TempDir Path folder;

  @AfterEach
  void end() throws InterruptedException {
    started.forEach(Process::destroy);
    for (Process process : started) {
      if (!process.waitFor(40, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32", "bf16"})
  void shouldGiveTheSameBitsInOneProcessAndInThree(String wire) throws Exception {
    JsonNode one = train("--nodes", "1", "-D", "devices=1", "-D", "wire=" + wire);
    JsonNode three = train("--nodes", "3", "-D", "devices=1", "-D", "wire=" + wire);
    assertEquals(one.get("weights_sha256"), three.get("weights_sha256"));
    assertEquals(one.get("train_loss"), three.get("train_loss"));
    assertEquals(one.get("test_top1"), three.get("test_top1"));
  }

  @Test
  void shouldGiveTheSameBitsWhenResumedInOtherProcesses() throws Exception {
    String out = folder.resolve("run").toString();
    JsonNode whole = train("--nodes", "1");
    train("--nodes", "2", "--out", out, "-D", "steps=3");
    JsonNode resumed = train("--nodes", "3", "--out", out, "--resume");
    assertEquals(whole.get("weights_sha256"), resumed.get("weights_sha256"));
  }

  @Test
  void shouldTrainWhatIsSubmittedToNodesOfUnequalSize() throws Exception {
    JsonNode alone = train("--nodes", "1");
    String seeds = "";
    List<String> endpoints = new ArrayList<>();
    int port = freePort();
    for (int devices = 3; devices >= 1; devices--) {
      seeds = "cluster.seeds=[\"127.0.0.1:" + port + "\"]";
      endpoints.add(node(devices == 3 ? port : 0, seeds, devices));
    }
    await(() -> members(endpoints.get(2)) == 3, "three members are up");
    String second = endpoints.get(1);
    assertEquals(0, larch(List.of("submit", runFile(), "--to", second)).waitFor());
    Process watch = larch(List.of("watch", "--to", endpoints.get(2), "--json"));
    JsonNode result = lastLine(watch);
    assertEquals(0, watch.waitFor());
    assertEquals(alone.get("weights_sha256"), result.get("weights_sha256"));
    JsonNode status = json.readTree(get(second + "/larch/run/status"));
    assertEquals("done", status.get("state").asText());
    assertTellsWhereTimeWent(status.get("nodes"));
  }

  private static void assertTellsWhereTimeWent(JsonNode nodes) {
    List<Integer> devices = new ArrayList<>();
    for (JsonNode node : nodes) {
      JsonNode step = node.get("last_step");
      devices.add(step.get("devices").size());
      assertTrue(step.get("devices").get(0).get("backward").asDouble() > 0, step::toString);
      assertTrue(step.get("communication").asDouble() > 0, step::toString);
      double hidden = step.get("hidden").asDouble(-1);
      assertTrue(hidden >= 0 && hidden <= 1, step::toString);
    }
    devices.sort(null);
    assertEquals(List.of(1, 2, 3), devices);
  }

  /** One computes with fewer instructions than the other, and so other bits. */
  @Tag("gate")
  @ParameterizedTest
  @CsvSource({"strict, 2", "relaxed, 0"})
  void shouldRefuseOrTakeANodeThatComputesOtherBits(String determinism, int exitCode)
      throws Exception {
    int port = freePort();
    String seeds = "cluster.seeds=[\"127.0.0.1:" + port + "\"]";
    String first = node(port, seeds, 1);
    environment.put("ONEDNN_MAX_CPU_ISA", "SSE41");
    node(0, seeds, 1);
    environment.clear();
    await(() -> members(first) == 2, "two members are up");
    String run = Files.readString(Path.of(runFile())) + "larch.determinism=" + determinism;
    Path file = Files.writeString(folder.resolve("relaxed.conf"), run);
    Process submit = larch(List.of("submit", file.toString(), "--to", first));
    submit.waitFor();
    Process watch = larch(List.of("watch", "--to", first, "--json"));
    String said = new String(watch.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(exitCode, watch.waitFor());
    if (exitCode == 0) {
      assertTrue(said.contains("\"event\":\"bits_differ\""), said);
      assertTrue(said.contains("with sse41") && said.contains("lost is"), said);
      assertTrue(said.contains("\"reproducible\":false"), said);
      assertTrue(get(first + "/larch/run/status").contains("lost is"));
    } else {
      String reason = get(first + "/larch/run/status");
      assertTrue(reason.contains("refused") && reason.contains("with sse41"), reason);
    }
  }

  private String node(int port, String seeds, int devices) throws IOException {
    Process node =
        larch(
            List.of(
                "node",
                "--json",
                "-D",
                "cluster.port=" + port,
                "-D",
                "http.port=0",
                "-D",
                seeds,
                "-D",
                "devices=" + devices));
    return json.readTree(node.inputReader().readLine()).get("management").asText();
  }

  private long members(String endpoint) {
    return Stream.of(get(endpoint + "/cluster/members").split("\"status\":\"Up\"", -1)).count() - 1;
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

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private String runFile() throws IOException {
    Path file = folder.resolve("run.conf");
    List<String> lines = new ArrayList<>(RUN);
    lines.add("data.name=glyphs");
    lines.add("optimizer.name=lars");
    return Files.writeString(
            file, "larch {\n" + String.join("\n", lines) + "\nschedule.rate=15\n}\n")
        .toString();
  }

  private JsonNode train(String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("train", runFile(), "--json"));
    arguments.addAll(List.of(more));
    Process process = larch(arguments);
    JsonNode last = lastLine(process);
    assertEquals(0, process.waitFor());
    return last;
  }

  private JsonNode lastLine(Process process) throws IOException {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return json.readTree(out.substring(out.lastIndexOf('\n', out.length() - 2) + 1));
  }

  private Process larch(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx512m", "-jar", JAR));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }
}
