package io.larch.run;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.cluster.ClusterNode;
import io.larch.cluster.ClusterNode.Recording;
import io.larch.cluster.Interception;
import io.larch.cluster.RunEnd;
import io.larch.compute.Timing;
import io.larch.config.RunSettings;
import io.larch.observe.Event;
import io.larch.observe.FanOut;
import io.larch.observe.TraceFile;
import io.larch.reduce.Replica;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Trains a network on this machine, from the run file to the result. */
public final class Training {
  private static final Duration STALL_LIMIT = Duration.ofMinutes(10);

  /** The most that a timeline takes on disk. */
  private static final long TIMELINE_BYTES = 256L << 20;

  private static final Config ALONE = ConfigFactory.load("larch-local-cluster");

  private final Job job;
  private final int nodes;
  private final Optional<Path> out;
  private final Optional<Checkpoints> checkpoints;
  private final Interception interception;
  private final Optional<TraceFile> timeline;
  private final Optional<RunRecord> record;
  private final RunTally tally;
  private List<Timing> timings = List.of();

  Training(Job job, Optional<Path> out, Event.Listener listener, Interception interception) {
    this(job, 1, out, Optional.empty(), listener, interception);
  }

  private Training(
      Job job,
      int nodes,
      Optional<Path> out,
      Optional<TraceFile> timeline,
      Event.Listener listener,
      Interception interception) {
    this.job = job;
    this.nodes = nodes;
    this.out = out;
    checkpoints = out.map(folder -> Checkpoints.open(folder, job.settings().checkpoint().keep()));
    this.interception = interception;
    this.timeline = timeline;
    record = out.map(folder -> RunRecord.open(folder, "", job));
    tally = new RunTally(record.map(r -> both(listener, r)).orElse(listener));
  }

  private static Event.Listener both(Event.Listener listener, RunRecord record) {
    return new FanOut(List.of(listener, record));
  }

  /**
   * Trains to the end.
   *
   * @param nodes processes on this machine that train together
   * @param out where checkpoints and the run's record go; none are written without
   * @param timeline where what all threads do is written, if anywhere
   * @param resume whether to go on from the newest valid checkpoint in {@code out}, if there is one
   * @return the result, which is also the listener's last event
   * @throws io.larch.config.Refusal before work starts, when it cannot be done as asked
   * @throws Failure when it ended otherwise
   */
  public static Event.Result train(
      RunSettings settings,
      int nodes,
      Optional<Path> out,
      Optional<Path> timeline,
      boolean resume,
      Event.Listener listener) {
    List<String> warnings = nodes == 1 ? List.of() : LocalNodes.check(nodes, settings.devices());
    warnings.forEach(text -> listener.on(new Event.Warning(text)));
    Optional<TraceFile> trace = timeline.map(file -> TraceFile.create(file, TIMELINE_BYTES));
    try {
      return new Training(Job.open(settings), nodes, out, trace, listener, Interception.NONE)
          .train(resume);
    } finally {
      trace.ifPresent(TraceFile::close);
    }
  }

  /** Trains from the beginning or from the newest valid checkpoint. */
  Event.Result train(boolean resume) {
    Optional<Checkpoint> from =
        resume ? checkpoints.flatMap(c -> c.newestValid(tally::warn)) : Optional.empty();
    return run(replica -> ReadyRun.begin(job, replica, from), from.isPresent());
  }

  /** Runs to the end from the state that {@code fill} gives the replica. */
  Event.Result run(Consumer<Replica> fill) {
    return run(fill, false);
  }

  private Event.Result run(Consumer<Replica> fill, boolean resume) {
    try {
      return runRecorded(fill, resume);
    } finally {
      record.ifPresent(RunRecord::close);
    }
  }

  private Event.Result runRecorded(Consumer<Replica> fill, boolean resume) {
    ReadyRun ready = ReadyRun.open(job, nodes, checkpoints, STALL_LIMIT, true, interception, fill);
    tellBeginning(ready);
    String digest = train(ready, resume);
    timings = ready.timings();
    Event.Result result = tally.result(job, ready.step(), digest);
    tally.on(result);
    return result;
  }

  private String train(ReadyRun ready, boolean resume) {
    Handover handover = new Handover(ready);
    try {
      return nodes == 1 ? trainAlone(handover) : trainWithOthers(ready, resume, handover);
    } finally {
      handover.end();
    }
  }

  private String trainAlone(Handover ready) {
    try (ClusterNode node = new ClusterNode("larch", ALONE, Optional.empty(), ready, tally)) {
      node.joinSelf();
      node.submit("run", job.runFile(), false, 1);
      return await(node);
    }
  }

  /** The others begin where this node does: from a checkpoint if it has one. */
  private String trainWithOthers(ReadyRun ready, boolean resume, Handover opener) {
    int devices = ready.devices().size();
    try (LocalNodes all = LocalNodes.start(nodes, devices, out, opener, tally, this::onLost)) {
      all.self().submit("run", job.runFile(), resume, nodes);
      return await(all.self());
    }
  }

  private String await(ClusterNode node) {
    Optional<Recording> recording = timeline.map(file -> node.record(Recording.ENDLESS, file));
    try {
      return tally.await();
    } finally {
      recording.ifPresent(Recording::stop);
      timeline.ifPresent(TraceFile::awaitEnd);
    }
  }

  /** Once a run is under way the others go on without a lost node. */
  private void onLost(int node, int exitCode) {
    if (tally.hasBegun()) {
      return;
    }
    tally.ended(
        RunEnd.because(
            RunEnd.Kind.FAILED,
            "node %d of %d ended with exit code %d".formatted(node, nodes, exitCode)));
  }

  private void tellBeginning(ReadyRun ready) {
    job.beginning(ready.step(), nodes * ready.devices().size()).forEach(tally::on);
  }

  /** Where the first device's time went, after the run. */
  List<Timing> timings() {
    return timings;
  }
}
