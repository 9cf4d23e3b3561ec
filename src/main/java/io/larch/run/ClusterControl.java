package io.larch.run;

import io.larch.cluster.ClusterNode;
import io.larch.cluster.RunEnd;
import io.larch.cluster.RunStatus;
import io.larch.cluster.SubmitAnswer;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.observe.Absence;
import io.larch.observe.Event;
import io.larch.observe.Metrics;
import io.larch.observe.NodePhases;
import io.larch.observe.RunHistory;
import io.larch.reduce.Placement;
import io.larch.reduce.Slice;
import io.larch.reduce.SliceTree;
import io.larch.web.RunControl;
import io.larch.web.RunEvents;
import io.larch.web.Status;
import io.larch.web.Status.NodeStatus;
import io.larch.web.Status.SlicePlace;
import io.larch.web.Status.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** What the management endpoint of a node may ask of the cluster. */
final class ClusterControl implements RunControl {
  /** So long an answer may wait for all nodes to have seen the run; shorter than a request may. */
  private static final long OPENING_NS = TimeUnit.SECONDS.toNanos(7);

  private static final long LEADER_SECONDS = 2;

  /** Whoever looks at past runs waits for the disk, and nobody else. */
  private static final Executor READER =
      task -> {
        Thread thread = new Thread(task, "larch-past-runs");
        thread.setDaemon(true);
        thread.start();
      };

  private static final Executor SOON =
      CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS);

  private final NodeSettings settings;
  private final ClusterNode node;
  private final RunEvents events;
  private final Metrics metrics;
  private final Predicate<Harm> suffer;
  private final Optional<PastRuns> past;

  /**
   * Of a node.
   *
   * @param suffer does something to the node if a run is in progress there, and says whether one is
   */
  ClusterControl(
      NodeSettings settings,
      ClusterNode node,
      RunEvents events,
      Metrics metrics,
      Predicate<Harm> suffer) {
    this.settings = settings;
    this.node = node;
    this.events = events;
    this.metrics = metrics;
    this.suffer = suffer;
    past = settings.out().map(PastRuns::new);
  }

  @Override
  public CompletionStage<Submitted> submit(String hocon, boolean resume) {
    String run;
    try {
      run = name(RunFile.submitted(hocon, settings).model().name());
    } catch (Refusal refusal) {
      return CompletableFuture.completedFuture(new Refused(refusal.getMessage()));
    }
    return node.submit(run, hocon, resume, node.members())
        .thenCompose(
            answer ->
                answer.accepted()
                    ? opened(run, System.nanoTime() + OPENING_NS)
                    : CompletableFuture.completedFuture(new Busy(answer.run())));
  }

  /** A run that a node refuses as soon as it has seen it is refused to whoever hands it in. */
  private CompletionStage<Submitted> opened(String run, long deadlineNs) {
    return node.status()
        .thenCompose(
            status ->
                status.doing() == RunStatus.Doing.PREPARING
                        && status.run().equals(run)
                        && System.nanoTime() < deadlineNs
                    ? CompletableFuture.supplyAsync(() -> opened(run, deadlineNs), SOON)
                        .thenCompose(later -> later)
                    : CompletableFuture.completedFuture(outcome(run, status)));
  }

  private static Submitted outcome(String run, RunStatus status) {
    RunEnd end = run.equals(status.run()) ? status.end() : null;
    return end != null && end.kind() == RunEnd.Kind.REFUSED
        ? new Refused(end.text())
        : new Accepted(run);
  }

  private static String name(String model) {
    return model + "-" + Integer.toHexString(ThreadLocalRandom.current().nextInt() | 1 << 31);
  }

  @Override
  public CompletionStage<Status> status() {
    List<String> awaited = node.awaited();
    List<Absence> missing = node.missing();
    CompletionStage<Status> run = runStatus(missing).thenApply(now -> shown(now, missing));
    return awaited.isEmpty()
        ? run
        : run.exceptionally(unknown -> Status.IDLE).thenApply(now -> waiting(now, awaited));
  }

  /** While a node is missing it may be the one that leads; then what was told last must do. */
  private CompletionStage<RunStatus> runStatus(List<Absence> missing) {
    return missing.isEmpty()
        ? node.status()
        : node.status()
            .toCompletableFuture()
            .copy()
            .orTimeout(LEADER_SECONDS, TimeUnit.SECONDS)
            .exceptionallyCompose(silent -> node.lastStatus());
  }

  /** The run cannot be asked where it is led by a node that is silent. */
  private static Status waiting(Status run, List<String> awaited) {
    String silent = String.join(", ", awaited);
    return new Status(
        run.run(),
        State.WAITING,
        run.step(),
        run.steps(),
        run.epoch(),
        run.loss(),
        run.samplesPerSecond(),
        run.learningRate(),
        run.generation(),
        run.nodes(),
        run.slices(),
        run.warnings(),
        run.missing(),
        "This part of the cluster waits for "
            + silent
            + ": silent, not proved dead, and without them there is no majority. It goes on when they return, or without those whose death is confirmed by: larch confirm-death HOST:PORT",
        null);
  }

  @Override
  public CompletionStage<Boolean> confirmDeath(String address) {
    return node.confirmDeath(address);
  }

  private Status shown(RunStatus run, List<Absence> missing) {
    Event.Step step = run.step();
    return new Status(
        run.run(),
        state(run),
        committed(run),
        run.steps(),
        step == null ? 0 : step.epoch(),
        step == null ? null : step.loss(),
        step == null ? null : step.imagesPerSecond(),
        step == null ? null : step.lr(),
        run.generation(),
        run.nodes().stream().map(part -> shown(part, run)).toList(),
        run.slices().stream()
            .map(s -> new SlicePlace(s.slice(), s.layer(), s.bytes(), s.node()))
            .toList(),
        run.warnings(),
        missing,
        run.end() == null || run.end().text().isEmpty() ? null : run.end().text(),
        events.result(run.run()).orElse(null));
  }

  private static NodeStatus shown(RunStatus.NodePart part, RunStatus run) {
    return new NodeStatus(
        part.name(),
        part.name(),
        state(run).toString(),
        part.devices(),
        part.lanes(),
        phases(part.name(), run.step()));
  }

  private static NodePhases phases(String node, Event.Step step) {
    return step == null
        ? null
        : step.nodes().stream().filter(p -> p.node().equals(node)).findFirst().orElse(null);
  }

  private static State state(RunStatus run) {
    return switch (run.doing()) {
      case PREPARING -> State.PREPARING;
      case TRAINING -> State.TRAINING;
      case NOTHING -> run.end() == null ? State.IDLE : ended(run.end().kind());
    };
  }

  private static State ended(RunEnd.Kind kind) {
    return switch (kind) {
      case FINISHED -> State.DONE;
      case STOPPED -> State.STOPPED;
      case REFUSED -> State.REFUSED;
      case FAILED -> State.FAILED;
      case DIVERGED -> State.DIVERGED;
    };
  }

  @Override
  public CompletionStage<Ordered> stop() {
    return node.stop().thenCombine(node.status(), ClusterControl::ordered);
  }

  @Override
  public CompletionStage<Ordered> checkpoint() {
    return node.checkpoint().thenCombine(node.status(), ClusterControl::ordered);
  }

  @Override
  public CompletionStage<Ordered> harm(Harm harm) {
    if (!settings.cluster().chaos()) {
      return CompletableFuture.failedStage(
          new Refusal(
              "This node is not to be broken on purpose; a node that is only for trials is started with larch.cluster.chaos = true."));
    }
    return node.status()
        .thenApply(
            now -> suffer.test(harm) ? new Ordered(now.run(), committed(now)) : Ordered.NOBODY);
  }

  @Override
  public CompletionStage<Optional<Timelines>> timelines() {
    return node.status().thenApply(this::timelines);
  }

  private Optional<Timelines> timelines(RunStatus status) {
    return status.doing() == RunStatus.Doing.TRAINING
        ? Optional.of((steps, sink) -> node.record(steps, sink)::stop)
        : Optional.empty();
  }

  private static Ordered ordered(SubmitAnswer answer, RunStatus status) {
    return answer.accepted() ? new Ordered(answer.run(), committed(status)) : Ordered.NOBODY;
  }

  private static long committed(RunStatus status) {
    return status.step() == null ? 0 : status.step().step();
  }

  @Override
  public CompletionStage<Optional<SliceTree>> tree(int slice) {
    return runStatus(node.missing()).thenApply(run -> tree(run, slice));
  }

  private Optional<SliceTree> tree(RunStatus run, int slice) {
    if (run.doing() != RunStatus.Doing.TRAINING) {
      return Optional.empty();
    }
    return node.slices(run.run())
        .filter(slices -> slice < slices.size())
        .map(slices -> tree(run.nodes(), slices, slice));
  }

  private static SliceTree tree(List<RunStatus.NodePart> nodes, List<Slice> slices, int slice) {
    int lanes = nodes.stream().mapToInt(part -> part.lanes().size()).sum();
    List<Integer> owners = new ArrayList<>(Collections.nCopies(lanes, 0));
    for (int i = 0; i < nodes.size(); i++) {
      int owner = i;
      nodes.get(i).lanes().forEach(lane -> owners.set(lane, owner));
    }
    return SliceTree.of(
        slices.get(slice),
        lanes,
        new Placement(owners, slices),
        nodes.stream().map(RunStatus.NodePart::name).toList());
  }

  @Override
  public CompletionStage<List<PastRun>> pastRuns() {
    return CompletableFuture.supplyAsync(() -> past.map(PastRuns::list).orElse(List.of()), READER);
  }

  @Override
  public CompletionStage<Optional<RunHistory.View>> pastRun(String name, int points) {
    return CompletableFuture.supplyAsync(
        () -> past.flatMap(runs -> runs.read(name, points)), READER);
  }

  @Override
  public String metrics() {
    return metrics.text();
  }

  @Override
  public RunEvents events() {
    return events;
  }
}
