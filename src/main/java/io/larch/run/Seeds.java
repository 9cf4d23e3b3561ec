package io.larch.run;

import io.larch.config.ClusterSettings;
import io.larch.config.ClusterSettings.Artery;
import io.larch.config.ClusterSettings.Discovery;
import io.larch.config.HostAndPort;
import io.larch.config.NodeSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Those at whom a node joins, when none of them took it in. */
final class Seeds {
  private static final int PATIENCE_MS = 2_000;

  private Seeds() {}

  /** Says whom a node asked in vain, what each of them does now, and what may help. */
  static String notJoined(ClusterSettings cluster, Duration limit) {
    return "No member of the cluster %s took this node in within %d s. %s All nodes need the same larch.cluster.name and larch.cluster.artery."
        .formatted(cluster.name(), limit.toSeconds(), asked(cluster));
  }

  /** Looks whether those at whom a node joins answer: one is enough. */
  static List<Finding> look(NodeSettings node) {
    ClusterSettings cluster = node.cluster();
    HostAndPort self = new HostAndPort(cluster.host(), cluster.port());
    boolean begins = cluster.seeds().isEmpty() || cluster.seeds().get(0).equals(self);
    Map<HostAndPort, Optional<String>> failures = new LinkedHashMap<>();
    cluster.seeds().stream()
        .filter(seed -> !seed.equals(self) && cluster.artery() != Artery.AERON_UDP)
        .forEach(seed -> failures.put(seed, failure(seed)));
    boolean enough = begins || failures.values().stream().anyMatch(Optional::isEmpty);
    return failures.entrySet().stream()
        .map(seed -> found("seed " + seed.getKey(), seed.getValue(), enough))
        .toList();
  }

  private static Finding found(String check, Optional<String> failure, boolean enough) {
    if (failure.isEmpty()) {
      return Finding.green(check, "It listens.");
    }
    return enough
        ? Finding.yellow(
            check, "It does not listen (%s); this node needs no more.".formatted(failure.get()))
        : Finding.red(
            check,
            "It cannot be reached (%s); start the first of larch.cluster.seeds first, open its port, or correct the list."
                .formatted(failure.get()));
  }

  private static String asked(ClusterSettings cluster) {
    if (cluster.bootstrap().discovery() == Discovery.DNS) {
      return "It looked up %s and needs %d nodes to begin a cluster; see that as many are started and known by that name."
          .formatted(cluster.bootstrap().service(), cluster.bootstrap().nodes());
    }
    boolean seeded = !cluster.seeds().isEmpty();
    List<HostAndPort> asked = seeded ? cluster.seeds() : cluster.bootstrap().endpoints();
    boolean tcp = !seeded || cluster.artery() != Artery.AERON_UDP;
    return "It asked %s; start %s there, or correct larch.cluster.%s."
        .formatted(
            asked.stream()
                .map(one -> tcp ? one + " (" + answer(one) + ")" : one.toString())
                .collect(Collectors.joining(", ")),
            seeded ? "the first of them" : cluster.bootstrap().nodes() + " nodes",
            seeded ? "seeds" : "bootstrap.endpoints");
  }

  private static String answer(HostAndPort seed) {
    return failure(seed).orElse("somebody listens, but not as a member of this cluster");
  }

  /** Why nobody listens there, if so. */
  private static Optional<String> failure(HostAndPort seed) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(seed.host(), seed.port()), PATIENCE_MS);
      return Optional.empty();
    } catch (SocketTimeoutException e) {
      return Optional.of("no answer");
    } catch (IOException e) {
      return Optional.of(e.getMessage() == null ? "this host is not known" : e.getMessage());
    }
  }
}
