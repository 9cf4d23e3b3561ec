package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The packaged program in processes of its own, all of which end with the test. */
final class Programs {
  private static final String JAR = System.getProperty("larch.jar");
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> started = new ArrayList<>();

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

  /** Starts the program. */
  Process larch(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx512m", "-jar", JAR));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    return process;
  }

  /** Starts a node and waits until it is up. */
  private NodeProgram node(List<String> options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("node", "--json"));
    options.forEach(option -> arguments.addAll(List.of("-D", option)));
    Process node = larch(arguments);
    JsonNode up = json.readTree(node.inputReader().readLine());
    return new NodeProgram(node, up.get("management").asText());
  }

  /** Nodes of one machine on free ports, each with these options, all of them members. */
  List<NodeProgram> cluster(List<List<String>> options) throws IOException {
    int port = freePort();
    List<NodeProgram> nodes = new ArrayList<>();
    for (List<String> own : options) {
      List<String> all = new ArrayList<>(own);
      all.add("cluster.port=" + (nodes.isEmpty() ? port : 0));
      all.add("http.port=0");
      all.add("cluster.seeds=[\"127.0.0.1:" + port + "\"]");
      nodes.add(node(all));
    }
    awaitMembers(nodes.get(0), nodes.size());
    return nodes;
  }

  void awaitMembers(NodeProgram asked, int count) {
    await(() -> members(asked) == count, count + " members are up");
  }

  /** Members that are up, as a node knows it; those that are not reachable are among them. */
  int members(NodeProgram asked) {
    return count(get(asked.endpoint() + "/cluster/members"), "\"status\":\"Up\"");
  }

  private static int count(String text, String part) {
    return text.split(part, -1).length - 1;
  }

  /** What an address answers; empty if it does not. */
  String get(String url) {
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
