package io.larch.run;

import io.larch.cluster.ClusterNode;
import io.larch.cluster.RunEnd;
import io.larch.cluster.RunStatus;
import io.larch.cluster.SubmitAnswer;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.observe.Event;
import io.larch.observe.Metrics;
import io.larch.observe.NodePhases;
import io.larch.observe.Timeline;
import io.larch.web.RunControl;
import io.larch.web.RunEvents;
import io.larch.web.Status;
import io.larch.web.Status.NodeStatus;
import io.larch.web.Status.SlicePlace;
import io.larch.web.Status.State;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** What the management endpoint of a node may ask of the cluster. */
final class ClusterControl implements RunControl {
  /** So long an answer may wait for all nodes to have seen the run; shorter than a request may. */
  private static final long OPENING_NS = TimeUnit.SECONDS.toNanos(7);

  private static final Executor SOON =
      CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS);

  private final NodeSettings settings;
  private final ClusterNode node;
  private final RunEvents events;
  private final Metrics metrics;

  ClusterControl(NodeSettings settings, ClusterNode node, RunEvents events, Metrics metrics) {
    this.settings = settings;
    this.node = node;
    this.events = events;
    this.metrics = metrics;
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
    CompletionStage<Status> run = node.status().thenApply(ClusterControl::shown);
    return awaited.isEmpty()
        ? run
        : run.exceptionally(unknown -> Status.IDLE).thenApply(now -> waiting(now, awaited));
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
        "This part of the cluster waits for "
            + silent
            + ": silent, not proved dead, and without them there is no majority. It goes on when they return, or without those whose death is confirmed by: larch confirm-death HOST:PORT",
        null);
  }

  @Override
  public CompletionStage<Boolean> confirmDeath(String address) {
    return node.confirmDeath(address);
  }

  private static Status shown(RunStatus run) {
    Event.Step step = run.step();
    return new Status(
        run.run(),
        state(run),
        step == null ? 0 : step.step(),
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
        run.end() == null || run.end().text().isEmpty() ? null : run.end().text(),
        null);
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
  public CompletionStage<Ordered> timeline(long steps, Timeline.Sink sink) {
    return node.status()
        .thenApply(
            status -> {
              if (status.doing() != RunStatus.Doing.TRAINING) {
                return Ordered.NOBODY;
              }
              node.record(steps, sink);
              return new Ordered(status.run(), status.step() == null ? 0 : status.step().step());
            });
  }

  private static Ordered ordered(SubmitAnswer answer, RunStatus status) {
    long step = status.step() == null ? 0 : status.step().step();
    return answer.accepted() ? new Ordered(answer.run(), step) : Ordered.NOBODY;
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
