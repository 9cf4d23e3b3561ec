package io.larch.run;

import io.larch.cluster.ClusterConfig;
import io.larch.cluster.ClusterNode;
import io.larch.cluster.Interception;
import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.config.TransportSettings;
import io.larch.reduce.Replica;
import io.larch.transport.DataAddress;
import io.larch.transport.DataPlane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Nodes in this JVM that form a cluster over real sockets and train one job. */
final class TestCluster implements AutoCloseable {
  private final Supplier<Job> job;
  private final Function<TransportSettings, DataPlane> planes;
  private final List<Member> members = new ArrayList<>();

  /** A node, and where its tensors are sent to. */
  record Member(ClusterNode node, DataAddress data) {}

  /**
   * No node yet.
   *
   * @param job opened anew by every node
   */
  TestCluster(Supplier<Job> job) {
    this(job, DataPlane::open);
  }

  /**
   * The same.
   *
   * @param planes opens a node's end of the data plane
   */
  TestCluster(Supplier<Job> job, Function<TransportSettings, DataPlane> planes) {
    this.job = job;
    this.planes = planes;
  }

  /** Another node to which nothing is done. */
  Member add(RunTally tally) {
    return add(tally, Interception.NONE, replica -> {});
  }

  /**
   * Another node; the first founds the cluster.
   *
   * @param filled is given the replica with which the node begins
   */
  Member add(RunTally tally, Interception interception, Consumer<Replica> filled) {
    NodeSettings settings = settings();
    DataPlane plane = planes.apply(settings.cluster().transport());
    ClusterNode node =
        new ClusterNode(
            settings.cluster().name(),
            ClusterConfig.of(settings),
            Optional.of(plane),
            (runFile, resume) -> open(interception, filled),
            tally);
    if (members.isEmpty()) {
      node.joinSelf();
    }
    members.add(new Member(node, plane.address()));
    return members.get(members.size() - 1);
  }

  private NodeSettings settings() {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "cluster.port=0",
                "cluster.transport.driver.ownership=embedded",
                "cluster.transport.mode=udp"));
    members.stream()
        .limit(1)
        .map(first -> "cluster.seeds=[\"" + first.node().address() + "\"]")
        .forEach(keys::add);
    return NodeFile.load(Optional.empty(), keys);
  }

  private ReadyRun open(Interception interception, Consumer<Replica> filled) {
    Job opened = job.get();
    return ReadyRun.open(
        opened,
        1,
        Optional.empty(),
        Duration.ofMinutes(1),
        true,
        interception,
        replica -> {
          ReadyRun.begin(opened, replica, Optional.empty());
          filled.accept(replica);
        });
  }

  /** Has all nodes train the job. */
  void submit() {
    members.get(0).node().submit("run", job.get().runFile(), false, members.size());
  }

  /** The newest first. */
  @Override
  public void close() {
    for (int i = members.size() - 1; i >= 0; i--) {
      members.get(i).node().close();
    }
  }
}
