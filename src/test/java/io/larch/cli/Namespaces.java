package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A cluster whose nodes see each other only over a network of 1 Gbit/s: each in a network namespace
 * of its own, with an interface that sends and receives at that rate, all on one switch.
 */
final class Namespaces implements AutoCloseable {
  private static final String LINK = "larch0";
  private static final String BRIDGE = "switch0";

  private final ObjectMapper json = new ObjectMapper();
  private final String prefix = "larch-" + ProcessHandle.current().pid() + "-";
  private final List<String> names = new ArrayList<>();
  private final List<Process> nodes = new ArrayList<>();

  /** Whether this user of this machine may make namespaces. */
  static boolean arePossible() throws InterruptedException {
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

  /** Hosts without nodes. */
  static Namespaces of(int count) throws Exception {
    Namespaces made = new Namespaces();
    try {
      made.addSwitch();
      for (int node = 0; node < count; node++) {
        made.addNamespace(node);
      }
      return made;
    } catch (Exception e) {
      made.close();
      throw e;
    }
  }

  /** A cluster of so many nodes of one device each, all up. */
  static Namespaces withNodes(int count) throws Exception {
    Namespaces made = of(count);
    try {
      for (int node = 0; node < count; node++) {
        made.startNode(node);
      }
      Programs.await(
          () -> made.get("/cluster/members").split("\"Up\"", -1).length == count + 1, "all up");
      return made;
    } catch (Exception e) {
      made.close();
      throw e;
    }
  }

  /** Writes a program that runs what follows an address where that address is, as ssh would. */
  Path shell(Path folder) throws IOException {
    String script = "#!/bin/sh\nnode=$((${1##*.} - 1))\nshift\nexec ip netns exec %s$node \"$@\"\n";
    Path file = Files.writeString(folder.resolve("shell"), script.formatted(prefix));
    assertTrue(file.toFile().setExecutable(true), file + " is executable");
    return file;
  }

  private void addSwitch() throws Exception {
    addNetns("switch");
    ip("switch", "link", "add", BRIDGE, "type", "bridge");
    ip("switch", "link", "set", BRIDGE, "up");
  }

  private void addNamespace(int node) throws Exception {
    String name = String.valueOf(node);
    String port = "port" + node;
    addNetns(name);
    ip(name, "link", "add", LINK, "type", "veth", "peer", "name", port, "netns", name("switch"));
    ip(name, "addr", "add", address(node) + "/24", "dev", LINK);
    ip(name, "link", "set", "lo", "up");
    ip(name, "link", "set", LINK, "up");
    ip("switch", "link", "set", port, "master", BRIDGE);
    ip("switch", "link", "set", port, "up");
    limit(name, LINK);
    limit("switch", port);
  }

  private void addNetns(String name) throws Exception {
    run(List.of("ip", "netns", "add", name(name)));
    names.add(name);
  }

  private void limit(String name, String device) throws Exception {
    List<String> queue = List.of("tc", "qdisc", "add", "dev", device, "root", "tbf");
    run(inside(name, with(queue, "rate", "1gbit", "burst", "256kb", "latency", "50ms")));
  }

  private void ip(String name, String... arguments) throws Exception {
    run(with(List.of("ip", "-n", name(name)), arguments));
  }

  private String name(String name) {
    return prefix + name;
  }

  static String address(int node) {
    return "10.217.0." + (node + 1);
  }

  private List<String> inside(String name, List<String> command) {
    return with(List.of("ip", "netns", "exec", name(name)), command.toArray(String[]::new));
  }

  private static List<String> with(List<String> some, String... more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(List.of(more));
    return all;
  }

  private void startNode(int node) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("node", "--json"));
    for (String option :
        List.of(
            "devices=1",
            "cluster.host=" + address(node),
            "cluster.seeds=[\"" + address(0) + ":25520\"]",
            "cluster.transport.bind=" + address(node),
            "cluster.transport.driver.ownership=embedded")) {
      arguments.addAll(List.of("-D", option));
    }
    Process started = start(node, arguments);
    nodes.add(started);
    assertTrue(Programs.managementOf(started).startsWith("http://"), "the node is up");
  }

  private Process start(int node, List<String> arguments) throws IOException {
    List<String> java = new ArrayList<>();
    java.add(System.getProperty("java.home") + "/bin/java");
    java.addAll(List.of("-Xmx512m", "-jar", System.getProperty("larch.jar")));
    java.addAll(arguments);
    return new ProcessBuilder(inside(String.valueOf(node), java))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** What the program prints where the first node is, JSON objects; it ends well. */
  List<JsonNode> larch(String... arguments) throws IOException {
    return Programs.told(start(0, List.of(arguments)), line -> {});
  }

  /** What the first node's management endpoint answers; empty if it does not. */
  String get(String path) {
    String ask =
        "exec 3<>/dev/tcp/127.0.0.1/7626; printf 'GET %s HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3; sed '1,/^\\r$/d' <&3";
    try {
      return run(inside("0", List.of("bash", "-c", ask.formatted(path))));
    } catch (IOException notYet) {
      return "";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Bytes that have left the first node's interface. */
  long bytesSent() throws Exception {
    List<String> ask = List.of("tc", "-s", "-j", "qdisc", "show", "dev", LINK);
    return json.readTree(run(inside("0", ask))).get(0).get("bytes").asLong();
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + out);
    }
    return out;
  }

  @Override
  public void close() throws IOException {
    nodes.forEach(Process::destroy);
    try {
      for (Process node : nodes) {
        if (!node.waitFor(60, TimeUnit.SECONDS)) {
          node.destroyForcibly().waitFor();
        }
      }
      for (String name : names) {
        run(List.of("ip", "netns", "del", name(name)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
