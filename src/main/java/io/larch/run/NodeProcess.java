package io.larch.run;

import com.typesafe.config.Config;
import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.cluster.BitFlip;
import io.larch.cluster.ClusterConfig;
import io.larch.cluster.ClusterNode;
import io.larch.cluster.Interception;
import io.larch.cluster.OpenRun;
import io.larch.cluster.RunEnd;
import io.larch.cluster.RunObserver;
import io.larch.cluster.RunOpener;
import io.larch.compute.FloatBlock;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.observe.Event;
import io.larch.observe.FanOut;
import io.larch.observe.Metrics;
import io.larch.transport.DataPlane;
import io.larch.web.ManagementServer;
import io.larch.web.RunControl.Harm;
import io.larch.web.RunEvents;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A node of a cluster: a member that trains what is submitted, with its data plane and its
 * management endpoint.
 */
public final class NodeProcess implements RunOpener, RunObserver, AutoCloseable {
  /** Said of a node that comes back. */
  public static final String LEFT =
      "The others have gone on without this node, which was silent for too long, or was to lead a run in which it cannot take part.";

  private static final int NAME_DIGITS = 8;
  private static final Duration LEAVE_LIMIT = Duration.ofSeconds(25);
  private static final Duration NAP = Duration.ofSeconds(5);

  /** So much longer than its patience needs to take a node out does it sleep to be sure of it. */
  private static final Duration LONGER = Duration.ofSeconds(20);

  private final NodeSettings settings;
  private final Optional<Path> checkpoints;
  private final Consumer<String> say;
  private final RunEvents events = new RunEvents();
  private final ClusterNode node;
  private final Metrics metrics;
  private final Event.Listener told;
  private final ManagementServer server;
  private volatile Current current;
  private boolean begun;

  /** The run that this node takes part in. */
  private record Current(Job job, RunTally tally, Optional<RunRecord> record, BitFlip flip) {}

  private NodeProcess(NodeSettings settings, Optional<Path> checkpoints, Consumer<String> say) {
    this.settings = settings;
    this.checkpoints = checkpoints;
    this.say = say;
    Config akka = ClusterConfig.of(settings);
    DataPlane plane = DataPlane.open(settings.cluster().transport());
    node = new ClusterNode(settings.cluster().name(), akka, Optional.of(plane), this, this);
    metrics = new Metrics(node::network, FloatBlock::liveBytes);
    told = new FanOut(List.of(metrics, events));
    try {
      server =
          ManagementServer.start(
              node.system(),
              settings,
              new ClusterControl(settings, node, events, metrics, this::suffer));
    } catch (RuntimeException e) {
      node.close();
      throw e;
    }
    if (settings.cluster().alone()) {
      node.joinSelf();
    }
  }

  /**
   * Starts a node.
   *
   * @param checkpoints folder of the only run's checkpoints, in place of one a run
   * @param say takes lines for the person who started it
   * @throws Refusal when this host cannot do what the settings ask
   */
  public static NodeProcess start(
      NodeSettings settings, Optional<Path> checkpoints, Consumer<String> say) {
    return new NodeProcess(settings, checkpoints, say);
  }

  /**
   * Looks whether this host can do what the settings ask, before anything is started.
   *
   * @return what deserves attention but does not hinder, a paragraph each
   * @throws Refusal with all that hinders
   */
  public static List<String> check(NodeSettings settings) {
    return NodeCheck.check(settings);
  }

  /** Where the management endpoint answers. */
  public URI management() {
    return server.address();
  }

  /** The member, for those who give it orders. */
  ClusterNode node() {
    return node;
  }

  /**
   * Waits for the end of the actor system.
   *
   * @return whether the cluster has gone on without this node, which may join again
   * @throws Refusal if no cluster takes this node in within the time it has to join
   * @throws Failure if the cluster has gone on without this node and there is nobody to join at
   */
  public boolean await() {
    Duration limit = settings.cluster().patience().joinLimit();
    if (!node.awaitMembership(limit)) {
      throw new Refusal(Seeds.notJoined(settings.cluster(), limit));
    }
    boolean left = node.awaitEnd();
    if (Thread.interrupted() && node.members() > 1) {
      node.leave(LEAVE_LIMIT);
    } else if (left && !settings.cluster().hasOthers()) {
      throw new Failure(
          Failure.Kind.FAILED, LEFT + " Start it anew with one of them as seed.", null);
    }
    return left;
  }

  /** Has {@link #await} return. */
  public void end() {
    node.end();
  }

  @Override
  public OpenRun open(String runFile, boolean resume) {
    RunSettings run = RunFile.submitted(runFile, settings);
    Job job = Job.open(run);
    Optional<Checkpoints> kept = checkpointsOf(job);
    Optional<Checkpoint> from =
        resume ? kept.flatMap(c -> c.newestValid(this::warn)) : Optional.empty();
    BitFlip flip = new BitFlip();
    ReadyRun ready =
        ReadyRun.open(
            job,
            1,
            kept,
            settings.stallLimit(),
            settings.cluster().integrity(),
            settings.cluster().chaos() ? flip : Interception.NONE,
            replica -> {
              ReadyRun.begin(job, replica, from);
              flip.of(replica);
            });
    current = recorded(job, ready, flip);
    return ready;
  }

  private Current recorded(Job job, ReadyRun ready, BitFlip flip) {
    try {
      Optional<RunRecord> record = settings.out().map(out -> record(out, job));
      return new Current(job, new RunTally(listener(record)), record, flip);
    } catch (RuntimeException e) {
      ready.abandon();
      throw e;
    }
  }

  private RunRecord record(Path out, Job job) {
    return RunRecord.open(out.resolve(folder(job)), node.address().replace(':', '-'), job);
  }

  /** Does something to this node if a run is in progress, and says whether one is. */
  private boolean suffer(Harm harm) {
    Current now = current;
    if (now == null) {
      return false;
    }
    switch (harm) {
      case FLIP_BIT -> now.flip.order();
      case KILL -> Sabotage.kill();
      case LEAVE -> Sabotage.terminate();
      case PAUSE -> Sabotage.stop(NAP);
      case SLEEP -> Sabotage.stop(settings.cluster().patience().untilOut().plus(LONGER));
    }
    return true;
  }

  private Event.Listener listener(Optional<RunRecord> record) {
    return record.<Event.Listener>map(r -> new FanOut(List.of(told, r))).orElse(told);
  }

  /** One folder for each run, named by its model and identity, so that it can be resumed. */
  private static String folder(Job job) {
    return job.network().name() + "-" + job.identity().digest().substring(0, NAME_DIGITS);
  }

  private Optional<Checkpoints> checkpointsOf(Job job) {
    Optional<Path> folder =
        checkpoints.or(() -> settings.out().map(out -> out.resolve(folder(job))));
    return folder.map(out -> Checkpoints.open(out, job.settings().checkpoint().keep()));
  }

  private void warn(String text) {
    on(new Event.Warning(text));
  }

  @Override
  public void begins(String run) {
    closeRecord();
    begun = false;
    events.begin(run);
    say.accept("Run " + run + " begins.");
  }

  @Override
  public void on(Event event) {
    if (event instanceof Event.BitsDiffer differ) {
      say.accept(differ.text());
    }
    Current now = current;
    if (now == null) {
      told.on(event);
    } else {
      tellBeginning(now, event);
      now.tally.on(event);
    }
  }

  /** The first generation that this node is told of is the beginning of the run, for it. */
  private void tellBeginning(Current now, Event event) {
    if (!begun && event instanceof Event.Generation first) {
      begun = true;
      now.job.beginning(first.step(), 0).forEach(now.tally::on);
    }
  }

  @Override
  public void ended(RunEnd end) {
    try {
      tellResult(end);
      events.end(kind(end), end.text());
    } catch (Failure uselessWeights) {
      events.end(RunEvents.End.DIVERGED, uselessWeights.getMessage());
    }
    closeRecord();
    say.accept("The run has ended: " + kind(end) + ". " + end.text());
  }

  private void closeRecord() {
    Current now = current;
    if (now != null) {
      now.record.ifPresent(RunRecord::close);
      current = null;
    }
  }

  private void tellResult(RunEnd end) {
    Current now = current;
    if (now != null && !end.weightsSha256().isEmpty()) {
      now.tally.on(now.tally.result(now.job, end.step(), end.weightsSha256()));
    }
  }

  private static RunEvents.End kind(RunEnd end) {
    return switch (end.kind()) {
      case FINISHED -> RunEvents.End.DONE;
      case STOPPED -> RunEvents.End.STOPPED;
      case REFUSED -> RunEvents.End.REFUSED;
      case FAILED -> RunEvents.End.FAILED;
      case DIVERGED -> RunEvents.End.DIVERGED;
    };
  }

  /** Leaves the cluster and ends everything, the record of a run in progress included. */
  @Override
  public void close() {
    try {
      server.close();
    } finally {
      closeNode();
    }
  }

  private void closeNode() {
    try {
      node.close();
    } finally {
      closeRecord();
    }
  }
}
