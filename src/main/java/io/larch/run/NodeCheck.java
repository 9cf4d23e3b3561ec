package io.larch.run;

import io.larch.config.ClusterSettings;
import io.larch.config.ClusterSettings.Artery;
import io.larch.config.ClusterSettings.Bootstrap;
import io.larch.config.ClusterSettings.Discovery;
import io.larch.config.HostAndPort;
import io.larch.config.HttpSettings;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import io.larch.transport.Preflight;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks whether this host can do what a node's settings ask before anything is started: ports,
 * shared memory, datagrams, the output folder. What is wrong is told all at once. A node looks at
 * every start, and {@link Doctor} looks at the same and more.
 */
final class NodeCheck {
  private static final String TENSORS = "tensor streams";

  private NodeCheck() {}

  /**
   * Looks for one node, beside those it is told to find.
   *
   * @return what deserves attention but does not hinder, a paragraph each
   * @throws Refusal if the node could not run here
   */
  static List<String> check(NodeSettings node) {
    return warnings(findings(node));
  }

  /** The same with this number of nodes on this host and on others. */
  static List<String> check(NodeSettings node, int here, int elsewhere) {
    return warnings(findings(node, here, elsewhere));
  }

  private static List<String> warnings(List<Finding> findings) {
    List<String> problems = findings.stream().filter(Finding::isRed).map(Finding::text).toList();
    if (!problems.isEmpty()) {
      throw new Refusal("A node cannot run on this host:\n  " + String.join("\n  ", problems));
    }
    return findings.stream()
        .filter(finding -> finding.level() == Finding.Level.YELLOW)
        .map(Finding::text)
        .toList();
  }

  /** All that is looked at for one node, beside those it is told to find. */
  static List<Finding> findings(NodeSettings node) {
    List<String> others = otherHosts(node);
    int here = (int) others.stream().filter(node.cluster().host()::equals).count();
    return findings(node, 1 + here, others.size() - here);
  }

  private static List<Finding> findings(NodeSettings node, int here, int elsewhere) {
    ClusterSettings cluster = node.cluster();
    HttpSettings http = node.http();
    boolean udp = cluster.artery() == Artery.AERON_UDP;
    List<Finding> findings = new ArrayList<>();
    findings.add(port("The actors", "cluster.port", cluster.bindHost(), cluster.port(), udp));
    findings.add(
        port(
            "Lifelines",
            "cluster.lifeline-port",
            cluster.bindHost(),
            cluster.lifelinePort(),
            false));
    findings.add(port("The management endpoint", "http.port", http.bindHost(), http.port(), false));
    Preflight plane = Preflight.of(cluster.transport(), here, elsewhere);
    plane.problems().forEach(text -> findings.add(Finding.red(TENSORS, text)));
    plane.warnings().forEach(text -> findings.add(Finding.yellow(TENSORS, text)));
    if (plane.problems().isEmpty() && plane.warnings().isEmpty()) {
      findings.add(
          Finding.green(
              TENSORS,
              "Shared memory, sockets and datagrams carry %d nodes on this host and %d elsewhere."
                  .formatted(here, elsewhere)));
    }
    node.out().ifPresent(out -> findings.add(output(out)));
    return findings;
  }

  private static Finding output(Path out) {
    try {
      Files.createDirectories(out);
      Files.delete(Files.createTempFile(out, ".larch", ""));
      return Finding.green("output folder", out + " can be written to.");
    } catch (IOException e) {
      return Finding.red(
          "output folder",
          "larch.out = %s cannot be written to (%s); make it a folder of the user who runs the node, or name another."
              .formatted(out, e));
    }
  }

  /** Hosts of the other nodes, as far as the settings tell; unknown ones are not this one. */
  private static List<String> otherHosts(NodeSettings node) {
    ClusterSettings cluster = node.cluster();
    Bootstrap bootstrap = cluster.bootstrap();
    if (bootstrap.discovery() == Discovery.DNS) {
      return Stream.generate(() -> "").limit(bootstrap.nodes() - 1L).toList();
    }
    HostAndPort actors = new HostAndPort(cluster.host(), cluster.port());
    HostAndPort management = new HostAndPort(node.http().host(), node.http().port());
    return Stream.concat(
            cluster.seeds().stream().filter(seed -> !seed.equals(actors)),
            bootstrap.endpoints().stream().filter(endpoint -> !endpoint.equals(management)))
        .map(HostAndPort::host)
        .toList();
  }

  private static Finding port(String what, String key, String host, int port, boolean udp) {
    try {
      bind(host, port, udp);
      return Finding.green("larch." + key, what + " can listen on " + host + ":" + port);
    } catch (IOException e) {
      return Finding.red(
          "larch." + key, new HostAndPort(host, port).cannotBeHad(what, key, e.getMessage()));
    }
  }

  /** Has a port for a moment. */
  private static void bind(String host, int port, boolean udp) throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new SocketException("the host is not known");
    } else if (udp) {
      new DatagramSocket(address).close();
    } else {
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true); // connections that have ended do not hinder a server
        probe.bind(address);
      }
    }
  }
}
