package io.larch.chaos;

import com.typesafe.config.ConfigUtil;
import io.larch.run.Failure;
import io.larch.run.StartedNode;
import io.larch.transport.OwnProgram;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Nodes in processes of their own on this machine, which end with this one. */
final class LocalCluster implements Cluster {
  private static final String LOOPBACK = "127.0.0.1";
  private static final long END_SECONDS = 30;

  private final List<String> options;
  private final Patience patience;
  private final Optional<Folder> checkpoints;
  private final List<Own> nodes = new ArrayList<>();
  private int started;

  /** A node that was started here. */
  private record Own(Member member, Process process, Optional<Folder> folder) {
    /** Ends it, awake or not. */
    void end() {
      if (!member.isThere()) {
        process.destroyForcibly();
      }
      try {
        process.getOutputStream().close();
      } catch (IOException e) {
        process.destroy();
      }
    }

    void awaitEnd() {
      try {
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        throw Patience.interrupted(e);
      }
    }
  }

  /**
   * Starts the nodes.
   *
   * @param options settings of each, {@code key=value}
   * @param checkpoints whether each has a folder for them, which goes with the cluster
   */
  static LocalCluster start(
      int nodes, List<String> options, Patience patience, boolean checkpoints) {
    LocalCluster cluster =
        new LocalCluster(
            options, patience, checkpoints ? Optional.of(Folder.temporary()) : Optional.empty());
    try {
      for (int i = 0; i < nodes; i++) {
        cluster.join();
      }
      patience.await(
          () -> cluster.addresses().equals(cluster.up()), () -> nodes + " members are up");
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private LocalCluster(List<String> options, Patience patience, Optional<Folder> checkpoints) {
    this.options = List.copyOf(options);
    this.patience = patience;
    this.checkpoints = checkpoints;
  }

  @Override
  public List<Member> all() {
    return nodes.stream().map(Own::member).toList();
  }

  /** The first one founds the cluster. */
  @Override
  public Member join() {
    nodes.removeIf(node -> !node.process.isAlive());
    int port = nodes.isEmpty() ? freePort() : 0;
    List<String> seeds =
        nodes.isEmpty()
            ? List.of(LOOPBACK + ":" + port)
            : addresses().stream().map(a -> a.substring(a.indexOf('@') + 1)).toList();
    List<String> own = new ArrayList<>(options);
    own.addAll(List.of("cluster.port=" + port, "http.port=" + freePort(), "cluster.chaos=true"));
    own.add("cluster.seeds=" + seeds.stream().map(ConfigUtil::quoteString).toList());
    started++;
    Optional<Folder> folder = checkpoints.map(all -> all.of("node-" + started));
    folder
        .map(Folder::path)
        .ifPresent(path -> own.add("out=" + ConfigUtil.quoteString(path.toString())));
    Own node = start(own, folder);
    nodes.add(node);
    patience.await(node.member::look, () -> node.member.management() + " answers");
    return node.member;
  }

  /** Starts a node and waits until it says where it answers. */
  private Own start(List<String> settings, Optional<Folder> folder) {
    List<String> arguments = new ArrayList<>(List.of("node", "--json", "--end-with-input"));
    settings.forEach(setting -> arguments.addAll(List.of("-D", setting)));
    try {
      Process process =
          new ProcessBuilder(OwnProgram.command(List.of(), arguments))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      URI management = StartedNode.management(process, patience.limit(), LocalCluster::tellWarning);
      return new Own(new Member(management, /* token= */ ""), process, folder);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.FAILED, "A node of the cluster cannot be started: " + e + ".", e);
    }
  }

  /** To where the nodes write what else they have to say. */
  private static void tellWarning(String text) {
    System.err.println("larch: warning: of a node: " + text);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.FAILED, "No port is free: " + e.getMessage(), e);
    }
  }

  @Override
  public List<String> replace(int gone) {
    for (int i = 0; i < gone; i++) {
      join();
    }
    return List.of();
  }

  /** By SIGKILL, whatever it is at. */
  @Override
  public void kill(Member victim) {
    Own node = own(victim);
    node.process.destroyForcibly();
    node.awaitEnd();
    victim.gone();
  }

  private Own own(Member member) {
    return nodes.stream().filter(node -> node.member.equals(member)).findFirst().orElseThrow();
  }

  @Override
  public Folder folder(Member of) {
    return own(of).folder.orElseThrow();
  }

  @Override
  public Optional<Vitals> vitals() {
    try {
      return Optional.of(
          Vitals.of(
              nodes.stream()
                  .filter(node -> node.member.isThere())
                  .map(node -> node.process.pid())
                  .toList()));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.FAILED, "What the nodes hold cannot be read: " + e, e);
    }
  }

  /** Leaves neither a process nor a folder, even when it is interrupted. */
  @Override
  public void close() {
    Patience.inAnyCase(
        () -> {
          nodes.forEach(Own::end);
          nodes.forEach(Own::awaitEnd);
          checkpoints.ifPresent(Folder::remove);
        });
  }
}
