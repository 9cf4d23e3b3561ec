package io.larch.web;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.Route;
import akka.management.cluster.bootstrap.ClusterBootstrap;
import akka.management.javadsl.AkkaManagement;
import io.larch.config.ClusterSettings.Discovery;
import io.larch.config.HostAndPort;
import io.larch.config.HttpSettings;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A node's management endpoint: membership, {@code /ready} and {@code /alive} by Akka Management,
 * read only, and Larch's own routes under {@code /larch/run}. It runs on a dispatcher of its own,
 * so that it answers while all cores compute.
 */
public final class ManagementServer implements AutoCloseable {
  private static final Duration BIND_LIMIT = Duration.ofSeconds(60);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
  private static final Duration LAST_ANSWERS = Duration.ofSeconds(1);

  private final ActorSystem<?> system;
  private final ServerBinding binding;
  private final URI address;

  private ManagementServer(ActorSystem<?> system, ServerBinding binding, HttpSettings http) {
    this.system = system;
    this.binding = binding;
    address = URI.create("http://" + http.host() + ":" + binding.localAddress().getPort());
  }

  /**
   * Listens, and looks for the other nodes where the node file says that by bootstrap. The caller
   * closes it before the system ends.
   *
   * @throws Refusal when the address cannot be had
   */
  public static ManagementServer start(
      ActorSystem<?> system, NodeSettings node, RunControl control) {
    HttpSettings http = node.http();
    Route akka = AkkaManagement.get(system).getRoutes(given -> given.withReadOnly(true));
    Route routes = Directives.concat(new RunRoutes(control, http).routes(), akka);
    ServerBinding binding = bind(system, http, Answers.inParagraphs(routes));
    if (node.cluster().bootstrap().discovery() != Discovery.NONE) {
      ClusterBootstrap.get(system).start();
    }
    return new ManagementServer(system, binding, http);
  }

  private static ServerBinding bind(ActorSystem<?> system, HttpSettings http, Route routes) {
    try {
      return await(
          Http.get(system).newServerAt(http.bindHost(), http.port()).bind(routes), BIND_LIMIT);
    } catch (ExecutionException | TimeoutException e) {
      throw new Refusal(
          new HostAndPort(http.bindHost(), http.port())
              .cannotBeHad("The management endpoint", "http.port", cause(e)),
          e);
    }
  }

  private static String cause(Exception e) {
    Throwable deepest = e;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest.getMessage() == null ? deepest.toString() : deepest.getMessage();
  }

  /** Where the endpoint answers, as in {@code http://127.0.0.1:7626}. */
  public URI address() {
    return address;
  }

  /** Stops listening; answers under way get a second. The end of the system has done it before. */
  @Override
  public void close() {
    if (system.getWhenTerminated().toCompletableFuture().isDone()) {
      return;
    }
    try {
      await(binding.terminate(LAST_ANSWERS), CLOSE_LIMIT);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the management endpoint did not end", e);
    }
  }

  private static <T> T await(CompletionStage<T> stage, Duration limit)
      throws ExecutionException, TimeoutException {
    try {
      return stage.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ExecutionException(e);
    }
  }
}
