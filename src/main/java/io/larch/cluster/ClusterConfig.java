package io.larch.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.larch.config.ClusterSettings;
import io.larch.config.ClusterSettings.Artery;
import io.larch.config.ClusterSettings.Bootstrap;
import io.larch.config.ClusterSettings.Discovery;
import io.larch.config.ClusterSettings.Patience;
import io.larch.config.ClusterSettings.Tls;
import io.larch.config.HostAndPort;
import io.larch.config.HttpSettings;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A node's settings as the configuration of its actor system, over {@code larch-cluster.conf}. */
public final class ClusterConfig {
  private static final String ARTERY = "akka.remote.artery.";
  private static final String CLUSTER = "akka.cluster.";
  private static final String MANAGEMENT = "akka.management.";
  private static final String BOOTSTRAP = MANAGEMENT + "cluster.bootstrap.";

  /** What the watch over members reads; a node without these keys has no others. */
  private static final String LIFELINES = "larch.lifelines.";

  private final Map<String, Object> values = new LinkedHashMap<>();

  private ClusterConfig() {}

  /**
   * Configuration for {@code ActorSystem.create(…, node.cluster().name(), …)}.
   *
   * @throws Refusal when a key store of tls-tcp is no readable file
   */
  public static Config of(NodeSettings node) {
    ClusterConfig config = new ClusterConfig();
    config.addresses(node.cluster(), node.http());
    config.membership(node.cluster());
    if (node.cluster().artery() == Artery.TLS_TCP) {
      config.tls(node.cluster().tls());
    }
    if (node.cluster().bootstrap().discovery() != Discovery.NONE) {
      config.bootstrap(node.cluster().bootstrap());
    }
    return ConfigFactory.load(
        node.akka()
            .withFallback(ConfigFactory.parseMap(config.values, "the node's settings"))
            .withFallback(ConfigFactory.parseResources("larch-cluster.conf")));
  }

  private void addresses(ClusterSettings cluster, HttpSettings http) {
    put(
        ARTERY + "transport",
        cluster.artery().toString().toLowerCase(Locale.ROOT).replace('_', '-'));
    put(ARTERY + "canonical.hostname", cluster.host());
    put(ARTERY + "canonical.port", cluster.port());
    put(ARTERY + "bind.hostname", cluster.bindHost());
    put(ARTERY + "bind.port", cluster.port());
    put(MANAGEMENT + "http.hostname", http.host());
    put(MANAGEMENT + "http.port", http.port());
    put(MANAGEMENT + "http.bind-hostname", http.bindHost());
  }

  private void membership(ClusterSettings cluster) {
    Patience patience = cluster.patience();
    put(CLUSTER + "roles", cluster.roles());
    put(CLUSTER + "seed-nodes", cluster.seeds().stream().map(seed -> seed(cluster, seed)).toList());
    put(CLUSTER + "failure-detector.heartbeat-interval", millis(patience.heartbeatInterval()));
    put(
        CLUSTER + "failure-detector.acceptable-heartbeat-pause",
        millis(patience.acceptablePause()));
    put(LIFELINES + "host", cluster.host());
    put(LIFELINES + "bind-host", cluster.bindHost());
    put(LIFELINES + "port", cluster.lifelinePort());
    put(LIFELINES + "stable-after", millis(patience.stableAfter()));
  }

  private static String seed(ClusterSettings cluster, HostAndPort seed) {
    return "akka://" + cluster.name() + "@" + seed;
  }

  private void tls(Tls tls) {
    String engine = ARTERY + "ssl.config-ssl-engine.";
    put(engine + "key-store", readable("key-store", tls.keyStore()));
    put(engine + "key-store-password", tls.keyStorePassword());
    put(engine + "key-password", tls.keyStorePassword());
    put(engine + "trust-store", readable("trust-store", tls.trustStore()));
    put(engine + "trust-store-password", tls.trustStorePassword());
  }

  private static String readable(String key, String file) {
    if (!Files.isReadable(Path.of(file))) {
      throw new Refusal(
          "larch.cluster.tls.%s = %s is no readable file; cluster-configs/profiles/tls-tcp.conf says how to make one by keytool."
              .formatted(key, file));
    }
    return file;
  }

  private void bootstrap(Bootstrap bootstrap) {
    String discovery = BOOTSTRAP + "contact-point-discovery.";
    put(
        MANAGEMENT + "http.routes.cluster-bootstrap",
        "akka.management.cluster.bootstrap.ClusterBootstrap$");
    put(discovery + "required-contact-point-nr", bootstrap.nodes());
    if (bootstrap.discovery() == Discovery.DNS) {
      put(discovery + "discovery-method", "akka-dns");
      put(discovery + "effective-name", bootstrap.service());
    } else {
      put(discovery + "discovery-method", "config");
      put(discovery + "effective-name", "larch");
      put("akka.discovery.config.services.larch.endpoints", endpoints(bootstrap.endpoints()));
    }
  }

  private static List<Map<String, Object>> endpoints(List<HostAndPort> endpoints) {
    return endpoints.stream()
        .map(one -> Map.<String, Object>of("host", one.host(), "port", one.port()))
        .toList();
  }

  private static String millis(Duration duration) {
    return duration.toMillis() + " ms";
  }

  private void put(String key, Object value) {
    values.put(key, value);
  }
}
