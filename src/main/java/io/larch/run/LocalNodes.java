package io.larch.run;

import com.typesafe.config.ConfigUtil;
import io.larch.cluster.ClusterConfig;
import io.larch.cluster.ClusterNode;
import io.larch.cluster.RunObserver;
import io.larch.cluster.RunOpener;
import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import io.larch.transport.DataPlane;
import io.larch.transport.OwnProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * A cluster on this machine for one run: this JVM and others that it starts. The others end with
 * it, however it ends, because they listen to a pipe that only it holds.
 */
final class LocalNodes implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final ClusterNode self;
  private final List<Process> children = new ArrayList<>();
  private final List<CompletableFuture<Void>> ends = new ArrayList<>();
  private boolean closing;

  private LocalNodes(ClusterNode self) {
    this.self = self;
  }

  /**
   * Looks whether this machine holds so many nodes.
   *
   * @return what deserves attention but does not hinder, a paragraph each
   * @throws Refusal with all that hinders
   */
  static List<String> check(int nodes, int devices) {
    return NodeCheck.check(settings(devices), nodes, 0);
  }

  /**
   * Starts the nodes.
   *
   * @param nodes how many, this one included
   * @param devices of each
   * @param out folder of the run's checkpoints
   * @param lost is told the number and exit code of a node that ends by itself
   */
  static LocalNodes start(
      int nodes,
      int devices,
      Optional<Path> out,
      RunOpener opener,
      RunObserver observer,
      BiConsumer<Integer, Integer> lost) {
    NodeSettings settings = settings(devices);
    DataPlane plane = DataPlane.open(settings.cluster().transport());
    ClusterNode self =
        new ClusterNode(
            settings.cluster().name(),
            ClusterConfig.of(settings),
            Optional.of(plane),
            opener,
            observer);
    self.joinSelf();
    LocalNodes all = new LocalNodes(self);
    for (int number = 2; number <= nodes; number++) {
      all.add(number, command(self.address(), devices, out), lost);
    }
    return all;
  }

  private static NodeSettings settings(int devices) {
    return NodeFile.load(
        Optional.empty(),
        List.of("cluster.port=0", "http.port=0", "devices=" + (devices == 0 ? "auto" : devices)));
  }

  private static List<String> command(String seed, int devices, Optional<Path> out) {
    List<String> node = new ArrayList<>(List.of("node", "--end-with-input"));
    out.ifPresent(folder -> node.addAll(List.of("--checkpoints", folder.toString())));
    String seeds = "cluster.seeds=[" + ConfigUtil.quoteString(seed) + "]";
    for (String option : List.of("cluster.port=0", "http.port=0", "devices=" + devices, seeds)) {
      node.addAll(List.of("-D", option));
    }
    return OwnProgram.command(List.of(), node);
  }

  private void add(int number, List<String> command, BiConsumer<Integer, Integer> lost) {
    try {
      Process child =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      children.add(child);
      ends.add(child.onExit().thenAccept(ended -> tellIfLost(number, ended.exitValue(), lost)));
    } catch (IOException e) {
      close();
      throw new Refusal("Node " + number + " cannot be started: " + e.getMessage(), e);
    }
  }

  private synchronized void tellIfLost(
      int number, int exitCode, BiConsumer<Integer, Integer> lost) {
    if (!closing) {
      lost.accept(number, exitCode);
    }
  }

  /** The node in this JVM. */
  ClusterNode self() {
    return self;
  }

  /** Ends the other nodes, then this one. */
  @Override
  public void close() {
    synchronized (this) {
      closing = true;
    }
    children.forEach(LocalNodes::closePipe);
    children.forEach(LocalNodes::awaitEnd);
    self.close();
  }

  private static void closePipe(Process child) {
    try {
      child.getOutputStream().close();
    } catch (IOException e) {
      child.destroy();
    }
  }

  private static void awaitEnd(Process child) {
    try {
      if (!child.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        child.destroyForcibly();
      }
    } catch (InterruptedException e) {
      child.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
