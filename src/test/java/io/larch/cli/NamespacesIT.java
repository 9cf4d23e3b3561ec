package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes that see each other only over a link of 1 Gbit/s: each in a network namespace of its
 * own, the two joined by a pair of virtual interfaces.
 */
@Tag("gate")
@Timeout(400)
class NamespacesIT {
  private static final int STEPS = 12;
  private static final String RUN =
      """
      larch {
        model = lenet
        data { name = glyphs, train-samples = 800, test-samples = 70 }
        lanes = 8
        micro-batch = 8
        global-batch = 64
        epochs = 1
        steps = %d
        optimizer.name = lars
        schedule.rate = 15
        slice-bytes = 256KiB
      }
      """
          .formatted(STEPS);
  private static final String LINK = "larch0";

  private final ObjectMapper json = new ObjectMapper();
  private final Programs programs = new Programs();
  private final List<Namespace> namespaces = new ArrayList<>();
  private final List<Process> nodes = new ArrayList<>();

  @TempDir Path folder;

  private record Namespace(String name, String address) {
    List<String> command(List<String> inside) {
      List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
      command.addAll(inside);
      return command;
    }
  }

  @AfterEach
  void end() throws Exception {
    for (Process node : nodes) {
      node.destroy();
      if (!node.waitFor(60, TimeUnit.SECONDS)) {
        node.destroyForcibly().waitFor();
      }
    }
    programs.end();
    for (Namespace each : namespaces) {
      run(List.of("ip", "netns", "del", each.name()));
    }
  }

  @Test
  void shouldGiveTheSameBitsOverALinkOfLimitedRate() throws Exception {
    assumeTrue(canMakeNamespaces(), "needs root, ip and tc to make network namespaces");
    Path file = Files.writeString(folder.resolve("run.conf"), RUN);
    join(namespace("a", "10.217.0.1"), namespace("b", "10.217.0.2"));
    for (Namespace each : namespaces) {
      node(each);
    }
    Namespace first = namespaces.get(0);
    Programs.await(() -> get(first, "/cluster/members").split("\"Up\"", -1).length == 3, "two up");
    larch(first, "submit", file.toString());
    JsonNode result = lastLine(larch(first, "watch", "--json"));
    String alone = said(programs.larch(List.of("train", file.toString(), "--json")));
    assertEquals(lastLine(alone).get("weights_sha256"), result.get("weights_sha256"));
    assertTellsWhatWasHidden(json.readTree(get(first, "/larch/run/status")).get("nodes"));
    assertTrue(bytesOverTheLink(first) > STEPS * gradientBytes(), "tensors went another way");
  }

  private static void assertTellsWhatWasHidden(JsonNode nodes) {
    assertEquals(2, nodes.size());
    for (JsonNode node : nodes) {
      JsonNode step = node.get("last_step");
      double hidden = step.get("hidden").asDouble(-1);
      assertTrue(step.get("communication").asDouble() > 0, step::toString);
      assertTrue(hidden >= 0 && hidden <= 1, step::toString);
    }
  }

  /** What each of two nodes sends of a gradient: half of its own part, half of the sum. */
  private long gradientBytes() throws Exception {
    String described = said(programs.larch(List.of("describe", "lenet", "--json")));
    return 4 * lastLine(described).get("parameters").asLong();
  }

  private long bytesOverTheLink(Namespace from) throws Exception {
    List<String> ask = List.of("tc", "-s", "-j", "qdisc", "show", "dev", LINK);
    return json.readTree(run(from.command(ask))).get(0).get("bytes").asLong();
  }

  private static boolean canMakeNamespaces() throws Exception {
    try {
      run(List.of("tc", "-V"));
      String probe = "larch-probe-" + ProcessHandle.current().pid();
      run(List.of("ip", "netns", "add", probe));
      run(List.of("ip", "netns", "del", probe));
      return true;
    } catch (IOException notHere) {
      return false;
    }
  }

  private Namespace namespace(String letter, String address) throws Exception {
    Namespace made =
        new Namespace("larch-" + letter + "-" + ProcessHandle.current().pid(), address);
    run(List.of("ip", "netns", "add", made.name()));
    namespaces.add(made);
    return made;
  }

  /** Both ends of the link let through 1 Gbit/s. */
  private static void join(Namespace one, Namespace other) throws Exception {
    List<String> end = List.of("ip", "-n", one.name(), "link", "add", LINK, "type", "veth");
    List<String> pair = new ArrayList<>(end);
    pair.addAll(List.of("peer", "name", LINK, "netns", other.name()));
    run(pair);
    for (Namespace each : List.of(one, other)) {
      List<String> ip = List.of("ip", "-n", each.name());
      run(with(ip, List.of("addr", "add", each.address() + "/24", "dev", LINK)));
      run(with(ip, List.of("link", "set", "lo", "up")));
      run(with(ip, List.of("link", "set", LINK, "up")));
      List<String> limit = List.of("tc", "qdisc", "add", "dev", LINK, "root", "tbf");
      List<String> rate = List.of("rate", "1gbit", "burst", "256kb", "latency", "50ms");
      run(each.command(with(limit, rate)));
    }
  }

  private static List<String> with(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  private void node(Namespace at) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("node", "--json"));
    for (String option :
        List.of(
            "devices=1",
            "cluster.host=" + at.address(),
            "cluster.seeds=[\"" + namespaces.get(0).address() + ":25520\"]",
            "cluster.transport.bind=" + at.address(),
            "cluster.transport.driver.ownership=embedded")) {
      arguments.addAll(List.of("-D", option));
    }
    Process node = start(at, arguments);
    nodes.add(node);
    assertTrue(node.inputReader().readLine().contains("management"), "the node is up");
  }

  private String larch(Namespace at, String... arguments) throws Exception {
    return said(start(at, List.of(arguments)));
  }

  private static Process start(Namespace at, List<String> arguments) throws IOException {
    List<String> java = new ArrayList<>();
    java.add(System.getProperty("java.home") + "/bin/java");
    java.addAll(List.of("-Xmx512m", "-jar", System.getProperty("larch.jar")));
    java.addAll(arguments);
    return new ProcessBuilder(at.command(java))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** What a node's management endpoint answers; empty if it does not. */
  private static String get(Namespace at, String path) {
    String ask =
        "exec 3<>/dev/tcp/127.0.0.1/7626; printf 'GET %s HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3; sed '1,/^\\r$/d' <&3";
    try {
      return run(at.command(List.of("bash", "-c", ask.formatted(path))));
    } catch (IOException notYet) {
      return "";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + out);
    }
    return out;
  }

  private static String said(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out;
  }

  private JsonNode lastLine(String out) throws IOException {
    return json.readTree(out.substring(out.lastIndexOf('\n', out.length() - 2) + 1));
  }
}
