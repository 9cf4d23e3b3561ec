package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.run.StartedNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
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
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The packaged program in processes of its own, all of which end with the test. */
final class Programs {
  /** Real data, of which nothing is made here. */
  static final Path DATA =
      Path.of(System.getenv().getOrDefault("LARCH_DATA", "../shared/data")).toAbsolutePath();

  private static final String JAR = System.getProperty("larch.jar");
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> started = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private ProcessBuilder.Redirect errors = ProcessBuilder.Redirect.INHERIT;

  /** A node that is up. */
  record NodeProgram(Process process, String endpoint) {
    /** Sends a signal, as in {@code STOP}. */
    void signal(String name) throws IOException, InterruptedException {
      String pid = String.valueOf(process.pid());
      Process kill = new ProcessBuilder("kill", "-" + name, pid).inheritIO().start();
      if (kill.waitFor() != 0) {
        throw new IOException("kill -" + name + " " + pid + " failed");
      }
    }
  }

  /** Starts the program, whose output is to be read. */
  Process larch(List<String> arguments) throws IOException {
    return start(arguments, ProcessBuilder.Redirect.PIPE);
  }

  /** Starts the program; what it prints is of no interest. */
  Process unheard(List<String> arguments) throws IOException {
    return start(arguments, ProcessBuilder.Redirect.DISCARD);
  }

  private Process start(List<String> arguments, ProcessBuilder.Redirect output) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx512m", "-jar", JAR));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(output).redirectError(errors);
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  /** Those started from now on find this variable in their environment. */
  void set(String variable, String value) {
    environment.put(variable, value);
  }

  /** Skips the test where the {@link #DATA} are absent. */
  static void requireData() {
    assumeTrue(Files.isDirectory(DATA), DATA + " is absent; set LARCH_DATA");
  }

  /**
   * Runs the program to its end, which must be a good one; all that it prints, one JSON object a
   * line.
   *
   * @param heard is given each line when it is printed
   */
  List<JsonNode> told(List<String> arguments, Consumer<String> heard) throws IOException {
    return told(larch(arguments), heard);
  }

  /** The same of a program that has been started. */
  static List<JsonNode> told(Process process, Consumer<String> heard) throws IOException {
    List<JsonNode> told = new ArrayList<>();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        heard.accept(line);
        told.add(JSON.readTree(line));
      }
    }
    assertEquals(0, process.onExit().join().exitValue(), told.toString());
    return told;
  }

  /** The last line that a process prints, which is JSON. */
  JsonNode lastLine(Process process) throws IOException {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return JSON.readTree(out.substring(out.lastIndexOf('\n', out.length() - 2) + 1));
  }

  /** What those started from now on write to their error streams goes to this file. */
  void logTo(Path file) {
    errors = ProcessBuilder.Redirect.appendTo(file.toFile());
  }

  /** Starts a node with these options, joining at a seed, and waits until it is up. */
  private NodeProgram node(List<String> options, int port, String seed) throws IOException {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of("cluster.port=" + port, "http.port=0", "cluster.seeds=[\"" + seed + "\"]"));
    List<String> arguments = new ArrayList<>();
    all.forEach(option -> arguments.addAll(List.of("-D", option)));
    return nodeOf(arguments);
  }

  /** Starts a node with these arguments and waits until it is up. */
  NodeProgram nodeOf(List<String> arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("node", "--json"));
    all.addAll(arguments);
    Process node = larch(all);
    return new NodeProgram(node, managementOf(node));
  }

  /** Where a node that was started with {@code --json} answers, once it is up. */
  static String managementOf(Process node) {
    return StartedNode.management(node, PATIENCE, System.err::println).toString();
  }

  /** Nodes of one machine on free ports, each with these options, all of them members. */
  List<NodeProgram> cluster(List<List<String>> options) throws IOException {
    int port = freePort();
    List<NodeProgram> nodes = new ArrayList<>();
    for (List<String> own : options) {
      nodes.add(node(own, nodes.isEmpty() ? port : 0, "127.0.0.1:" + port));
    }
    awaitMembers(nodes.get(0), nodes.size());
    return nodes;
  }

  /** Another node of the cluster of this one. */
  NodeProgram joining(NodeProgram member, List<String> options) throws IOException {
    String self = name(member);
    return node(options, 0, self.substring(self.indexOf('@') + 1));
  }

  void awaitMembers(NodeProgram asked, int count) {
    await(() -> members(asked) == count, count + " members are up");
  }

  /** Members that are up, as a node knows it; those that are not reachable are among them. */
  int members(NodeProgram asked) {
    return (int) membership(asked).findValuesAsText("status").stream().filter("Up"::equals).count();
  }

  /** The address of a node's actors, as others call it. */
  String name(NodeProgram node) {
    return membership(node).path("selfNode").asText();
  }

  private JsonNode membership(NodeProgram asked) {
    return parsed(get(asked.endpoint() + "/cluster/members"));
  }

  /** What an address answers; empty if it does not. */
  String get(String url) {
    try {
      return send(request(url).build()).body();
    } catch (IOException e) {
      return "";
    }
  }

  private static HttpRequest.Builder request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10));
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException {
    return send(request, BodyHandlers.ofString());
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    try {
      return http.send(request, handler);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How the run goes, as a node knows it. */
  JsonNode status(NodeProgram asked) {
    return parsed(get(asked.endpoint() + "/larch/run/status"));
  }

  /** Hands a run in; its name. */
  String submit(NodeProgram to, String runFile) throws IOException {
    HttpRequest request =
        request(to.endpoint() + "/larch/run/submit").POST(BodyPublishers.ofString(runFile)).build();
    HttpResponse<String> answer = send(request);
    assertEquals(202, answer.statusCode(), answer.body());
    return JSON.readTree(answer.body()).get("run").asText();
  }

  /** All that a run tells from its beginning to its end, one JSON object each. */
  List<JsonNode> events(NodeProgram asked, String run) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    await(() -> toldOf(asked, run, events), "the end of " + run);
    return events;
  }

  /** Reads to the end of the stream, and says whether that was the one of this run. */
  private boolean toldOf(NodeProgram asked, String run, List<JsonNode> into) {
    into.clear();
    get(asked.endpoint() + "/larch/run/events")
        .lines()
        .filter(line -> line.startsWith("data:{"))
        .map(line -> parsed(line.substring("data:".length())))
        .forEach(into::add);
    return !into.isEmpty() && into.get(into.size() - 1).path("run").asText().equals(run);
  }

  /** The lines of the stream of events, as they come; the caller closes it. */
  Stream<String> follow(NodeProgram asked) throws IOException {
    return send(request(asked.endpoint() + "/larch/run/events").build(), BodyHandlers.ofLines())
        .body();
  }

  private JsonNode parsed(String text) {
    try {
      return text.isEmpty() ? JSON.createObjectNode() : JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The result of a run once it is done or stopped. */
  JsonNode result(NodeProgram asked, String run) throws IOException {
    List<JsonNode> events = events(asked, run);
    JsonNode end = events.get(events.size() - 1);
    return events.stream()
        .filter(event -> event.path("event").asText().equals("result"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no result: " + end));
  }

  static void await(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertFalse(System.nanoTime() > deadline, "not within " + PATIENCE + ": " + what);
      Thread.onSpinWait();
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Ends all of them. */
  void end() throws InterruptedException {
    started.forEach(Process::destroy);
    for (Process process : started) {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
