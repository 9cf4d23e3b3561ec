package io.larch.config;

import com.typesafe.config.Config;
import io.larch.config.ClusterSettings.Artery;
import io.larch.config.ClusterSettings.Bootstrap;
import io.larch.config.ClusterSettings.Discovery;
import io.larch.config.ClusterSettings.Patience;
import io.larch.config.ClusterSettings.Tls;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads a node's settings and notes what is wrong with them. */
final class NodeReader {
  private static final int LAST_PORT = 65_535;
  private static final int LEAST_TOKEN = 16;
  private static final List<String> ANYWHERE = List.of("", "0.0.0.0", "::", "[::]");

  private final Keys keys;

  NodeReader(Keys keys) {
    this.keys = keys;
  }

  NodeSettings node(Config akka) {
    HttpSettings http = http();
    return new NodeSettings(
        cluster(http),
        http,
        devices(),
        new NodeData(keys.text("data.path"), keys.text("data.root")),
        keys.has("out") ? Optional.of(Path.of(keys.text("out"))) : Optional.empty(),
        keys.duration("stall-limit"),
        akka);
  }

  private HttpSettings http() {
    String host = host("http.host");
    HttpSettings http =
        new HttpSettings(host, port("http.port"), bindHost("http.bind-host", host), token());
    if (HttpSettings.exposed(http.bindHost()) && http.token().isEmpty()) {
      String key = keys.has("http.bind-host") ? "http.bind-host" : "http.host";
      keys.problem(
          key,
          "can be reached from other machines, so larch.http.token must be given; or use 127.0.0.1");
    }
    return http;
  }

  private String token() {
    String token = keys.has("http.token") ? keys.text("http.token") : "";
    if (!token.isEmpty() && !token.matches("[\\x21-\\x7e]{" + LEAST_TOKEN + ",}")) {
      keys.secretProblem(
          "http.token", "must be at least " + LEAST_TOKEN + " characters of ASCII without spaces");
    }
    return token;
  }

  private ClusterSettings cluster(HttpSettings http) {
    String host = host("cluster.host");
    List<HostAndPort> seeds = keys.endpoints("cluster.seeds");
    Artery artery = keys.choice("cluster.artery", Artery.class);
    return new ClusterSettings(
        name(),
        host,
        port("cluster.port"),
        bindHost("cluster.bind-host", host),
        port("cluster.lifeline-port"),
        seeds,
        bootstrap(seeds, http),
        keys.texts("cluster.roles"),
        artery,
        tls(artery),
        patience(),
        keys.flag("cluster.integrity"),
        keys.flag("cluster.chaos"),
        new TransportKeys(keys).read());
  }

  private String name() {
    String name = keys.text("cluster.name");
    if (!name.matches("[a-zA-Z0-9][a-zA-Z0-9_-]*")) {
      keys.problem("cluster.name", "must consist of letters, digits, - and _");
    }
    return name;
  }

  private Bootstrap bootstrap(List<HostAndPort> seeds, HttpSettings http) {
    Bootstrap bootstrap =
        new Bootstrap(
            keys.choice("cluster.bootstrap.discovery", Discovery.class),
            keys.text("cluster.bootstrap.service"),
            keys.endpoints("cluster.bootstrap.endpoints"),
            keys.count("cluster.bootstrap.nodes", 1));
    if (bootstrap.discovery() != Discovery.NONE) {
      check(bootstrap, seeds, http);
    }
    return bootstrap;
  }

  private void check(Bootstrap bootstrap, List<HostAndPort> seeds, HttpSettings http) {
    String way = keys.shown("cluster.bootstrap.discovery");
    if (!seeds.isEmpty()) {
      keys.problem("cluster.seeds", "and " + way + " both say whom to join; give one of them");
    }
    if (bootstrap.discovery() == Discovery.CONFIG && bootstrap.endpoints().isEmpty()) {
      keys.problem("cluster.bootstrap.endpoints", "must name management endpoints for " + way);
    }
    if (bootstrap.discovery() == Discovery.DNS && bootstrap.service().isEmpty()) {
      keys.problem("cluster.bootstrap.service", "must be the name to look up for " + way);
    }
    if (http.port() == 0) {
      keys.problem(
          "http.port", "must be a fixed port for " + way + ", which asks the others there");
    }
  }

  private Tls tls(Artery artery) {
    Tls tls =
        new Tls(
            keys.text("cluster.tls.key-store"),
            keys.text("cluster.tls.key-store-password"),
            keys.text("cluster.tls.trust-store"),
            keys.text("cluster.tls.trust-store-password"));
    if (artery == Artery.TLS_TCP) {
      needed("cluster.tls.key-store", tls.keyStore());
      needed("cluster.tls.trust-store", tls.trustStore());
    }
    return tls;
  }

  private void needed(String key, String value) {
    if (value.isEmpty()) {
      keys.problem(key, "must name a PKCS12 file for " + keys.shown("cluster.artery"));
    }
  }

  private Patience patience() {
    Patience patience =
        new Patience(
            keys.duration("cluster.patience.heartbeat-interval"),
            keys.duration("cluster.patience.acceptable-pause"),
            keys.duration("cluster.patience.stable-after"),
            keys.duration("cluster.patience.join-limit"));
    if (patience.acceptablePause().compareTo(patience.heartbeatInterval()) <= 0) {
      keys.problem(
          "cluster.patience.acceptable-pause",
          "must be longer than " + keys.shown("cluster.patience.heartbeat-interval"));
    }
    return patience;
  }

  private String host(String key) {
    String host = keys.text(key);
    if (ANYWHERE.contains(host)) {
      keys.problem(
          key, "must be an address by which others reach this node; bind-host may be any address");
    }
    return host;
  }

  private String bindHost(String key, String host) {
    return keys.has(key) ? keys.text(key) : host;
  }

  private int port(String key) {
    return (int) keys.whole(key, n -> n >= 0 && n <= LAST_PORT, "must be a port from 0 to 65535");
  }

  private int devices() {
    return keys.text("devices").equals("auto") ? 0 : keys.count("devices", 1);
  }
}
