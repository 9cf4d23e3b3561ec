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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Looks whether this host can do what a node's settings ask before anything is started: ports,
 * shared memory, datagrams. What is wrong is told all at once.
 */
final class NodeCheck {
  private NodeCheck() {}

  /**
   * Looks for one node, beside those it is told to find.
   *
   * @return what deserves attention but does not hinder, a paragraph each
   * @throws Refusal if the node could not run here
   */
  static List<String> check(NodeSettings node) {
    List<String> others = otherHosts(node);
    int here = (int) others.stream().filter(node.cluster().host()::equals).count();
    return check(node, 1 + here, others.size() - here);
  }

  /** The same with this number of nodes on this host and on others. */
  static List<String> check(NodeSettings node, int here, int elsewhere) {
    ClusterSettings cluster = node.cluster();
    HttpSettings http = node.http();
    boolean udp = cluster.artery() == Artery.AERON_UDP;
    List<String> problems = new ArrayList<>();
    takenPort("The actors", "cluster", cluster.bindHost(), cluster.port(), udp)
        .ifPresent(problems::add);
    takenPort("The management endpoint", "http", http.bindHost(), http.port(), false)
        .ifPresent(problems::add);
    Preflight plane = Preflight.of(cluster.transport(), here, elsewhere);
    problems.addAll(plane.problems());
    if (!problems.isEmpty()) {
      throw new Refusal("A node cannot run on this host:\n  " + String.join("\n  ", problems));
    }
    return plane.warnings();
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

  private static Optional<String> takenPort(
      String what, String key, String host, int port, boolean udp) {
    try {
      bind(host, port, udp);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "%s cannot listen on %s:%d (%s). Another program, perhaps another node, may have that port, or the address is not one of this machine; give others by larch.%s.port (0 for any free one) and larch.%s.host or bind-host."
              .formatted(what, host, port, e.getMessage(), key, key));
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
