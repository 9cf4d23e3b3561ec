package io.larch.web;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import io.larch.cluster.ClusterConfig;
import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A cluster of one real node with a management endpoint over a scripted control. */
public final class ManagedNode implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final ScriptedControl control = new ScriptedControl();
  private final ActorSystem<Void> system;
  private final ManagementServer server;

  private ManagedNode(NodeSettings settings) {
    system =
        ActorSystem.create(
            Behaviors.empty(), settings.cluster().name(), ClusterConfig.of(settings));
    if (settings.cluster().alone()) {
      Cluster cluster = Cluster.get(system);
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
    }
    server = ManagementServer.start(system, settings, control);
  }

  /** Starts on free ports. */
  public static ManagedNode start(String... options) {
    List<String> all = new ArrayList<>(List.of("cluster.port=0", "http.port=0"));
    all.addAll(List.of(options));
    return new ManagedNode(NodeFile.load(Optional.empty(), all));
  }

  /** Starts on a fixed port, for others to find. */
  static ManagedNode looking(String port, String... options) {
    List<String> all = new ArrayList<>(List.of("cluster.port=0", port));
    all.addAll(List.of(options));
    return new ManagedNode(NodeFile.load(Optional.empty(), all));
  }

  public ScriptedControl control() {
    return control;
  }

  public URI address() {
    return server.address();
  }

  ActorSystem<Void> system() {
    return system;
  }

  @Override
  public void close() {
    server.close();
    ActorTestKit.shutdown(system, LIMIT);
  }
}
