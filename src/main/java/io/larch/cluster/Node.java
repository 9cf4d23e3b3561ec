package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.larch.cluster.DeviceClock.Laps;
import io.larch.cluster.LaneRunner.EvaluationOutcome;
import io.larch.cluster.LaneRunner.LaneOutcome;
import io.larch.cluster.LaneRunner.StepOutcome;
import io.larch.compute.Outcome;
import io.larch.config.Refusal;
import io.larch.data.DataUnavailable;
import io.larch.observe.Timeline;
import io.larch.observe.Track;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.NodeLedger;
import io.larch.reduce.ProgressWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * One per JVM: owns the workers and the aggregator, takes part in generations, runs steps as far as
 * its lease allows and commits them. What counts and when a step is complete, {@link NodeLedger}
 * decides.
 *
 * <pre>
 *   Trainer --Prepare(g)--> Node --Halt--> Workers, --Freeze--> Aggregator
 *   Trainer &lt;--Prepared(g, s)-- Node            once all have stopped
 *   Trainer --Begin(g, lanes, lease)--> Node --Assign, RunStep--> Workers
 *   Trainer &lt;--Committed(s+1)-- Node            all layers staged, all workers finished
 * </pre>
 *
 * A Worker or Aggregator that was restarted, or whose work broke, disturbs the generation: the
 * Trainer begins the next one, and the step in flight is done again. Samples that cannot be read
 * end the run.
 */
final class Node extends AbstractBehavior<Node.Command> {
  private static final Duration TICK = Duration.ofSeconds(1);

  sealed interface Command {}

  /** Promise a generation, stop, and say how far you are. */
  record Prepare(GenerationId generation, ActorRef<Trainer.Command> replyTo)
      implements Command, Remote {}

  /** Take up lanes and peers, and say when all streams stand; steps need a lease. */
  record Begin(Assignment assignment) implements Command, Remote {}

  /**
   * While a prepared generation has not begun: give a peer the committed state of these slices,
   * weights and optimizer buffers, over the data plane.
   */
  record Feed(GenerationId generation, Assignment.Share to, List<Integer> slices)
      implements Command, Remote {}

  /**
   * While a prepared generation has not begun: take the whole state of a step from these peers,
   * each of which was told to feed some of the slices; it becomes the committed state once all is
   * here.
   */
  record TakeState(GenerationId generation, long step, List<Assignment.Share> from)
      implements Command, Remote {}

  /** Go on up to and including step {@code lease}. */
  record ExtendLease(GenerationId generation, long lease) implements Command, Remote {}

  /** Evaluate batches [from, to) of the test set. */
  record Evaluate(GenerationId generation, int from, int to) implements Command, Remote {}

  /** Write a checkpoint of the committed state. */
  record WriteCheckpoint(GenerationId generation) implements Command, Remote {}

  record WorkerStarted(int worker) implements Command {}

  /** The joining proof of the first device, or why there is none. */
  private record Proved(String proof, Throwable failure) implements Command {}

  /** The streams to and from all peers of a generation stand. */
  record StreamsConnected(GenerationId generation) implements Command {}

  record WorkerHalted(GenerationId generation, int worker) implements Command {}

  record WorkerAssigned(GenerationId generation, int worker) implements Command {}

  record WorkerFinished(GenerationId generation, long step, int worker, StepOutcome outcome)
      implements Command {}

  record WorkerEvaluated(GenerationId generation, int worker, EvaluationOutcome outcome)
      implements Command {}

  record NonFiniteLanes(
      GenerationId generation, long step, String layer, int worker, List<Integer> lanes)
      implements Command {}

  enum AggregatorStarted implements Command {
    STARTED
  }

  record AggregatorFrozen(GenerationId generation) implements Command {}

  record LayerStaged(GenerationId generation, long step, String layer) implements Command {}

  record NonFinite(GenerationId generation, long step, String layer) implements Command {}

  /** Work of a generation ended with an exception. */
  record PartBroke(GenerationId generation, String part, Throwable cause) implements Command {}

  /** A peer's replica holds other bits in some slices after a step. */
  record ReplicaDiffers(String peer, long step, List<Integer> slices) implements Command {}

  private record CheckpointEnded(GenerationId generation, String folder, Throwable failure)
      implements Command {}

  /** What the node is waiting for. */
  private enum Activity {
    NONE,
    CONNECTING,
    STEP,
    SEARCH,
    EVALUATION,
    CHECKPOINT
  }

  private enum Tick implements Command {
    TICK
  }

  private final RunContext run;
  private final ReductionLoop loop;
  private final Timeline timeline;
  private final Track track;
  private final Executor blocking;
  private final boolean prove;
  private final ActorRef<Host.Command> host;
  private final List<LaneRunner> runners;
  private final List<ActorRef<Worker.Command>> workers = new ArrayList<>();
  private final ActorRef<Aggregator.Command> aggregator;
  private final NodeLedger ledger;
  private final Set<Integer> started = new HashSet<>();
  private final Set<Integer> halting = new HashSet<>();
  private final Set<Integer> assigned = new HashSet<>();
  private final Map<Integer, StepOutcome> outcomes = new TreeMap<>();
  private final Map<Integer, EvaluationOutcome> evaluated = new TreeMap<>();
  private final Map<Integer, List<Integer>> suspects = new TreeMap<>();
  private boolean aggregatorStarted;
  private boolean aggregatorFreezing;
  private boolean connected;
  private ActorRef<Trainer.Command> trainer;
  private long lease;
  private Activity activity = Activity.NONE;
  private String name = "";
  private boolean alone = true;
  private long stepBeganNs;
  private final ProgressWatch watch;

  /**
   * A node of a run.
   *
   * @param prove whether it computes the joining proof before it is ready
   */
  static Behavior<Command> create(
      CurrentRun.Parts parts, Executor blocking, boolean prove, ActorRef<Host.Command> host) {
    RunContext run = parts.run().context();
    Behavior<Command> behavior =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers -> new Node(context, timers, parts, blocking, prove, host)));
    return run.interception().around("node", behavior);
  }

  private Node(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      CurrentRun.Parts parts,
      Executor blocking,
      boolean prove,
      ActorRef<Host.Command> host) {
    super(context);
    this.blocking = blocking;
    this.prove = prove;
    this.host = host;
    run = parts.run().context();
    loop = parts.loop();
    timeline = parts.timeline();
    track = timeline.track("node");
    runners = parts.runners();
    watch = new ProgressWatch(run.stallLimit().toNanos(), System.nanoTime());
    ledger =
        new NodeLedger(Set.copyOf(run.layout().layers()), runners.size(), run.replica().step());
    aggregator =
        context.spawn(Aggregator.create(parts.id(), run, loop, context.getSelf()), "aggregator");
    for (int i = 0; i < runners.size(); i++) {
      workers.add(
          context.spawn(Worker.create(run, i, runners.get(i), context.getSelf()), "worker-" + i));
    }
    timers.startTimerWithFixedDelay(Tick.TICK, TICK);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Prepare.class, this::onPrepare)
        .onMessage(Begin.class, this::onBegin)
        .onMessage(ExtendLease.class, this::onExtendLease)
        .onMessage(Evaluate.class, this::onEvaluate)
        .onMessage(WriteCheckpoint.class, this::onWriteCheckpoint)
        .onMessage(WorkerStarted.class, this::onWorkerStarted)
        .onMessage(Proved.class, this::onProved)
        .onMessage(StreamsConnected.class, this::onStreamsConnected)
        .onMessage(WorkerHalted.class, this::onWorkerHalted)
        .onMessage(WorkerAssigned.class, this::onWorkerAssigned)
        .onMessage(WorkerFinished.class, this::onWorkerFinished)
        .onMessage(WorkerEvaluated.class, this::onWorkerEvaluated)
        .onMessage(NonFiniteLanes.class, this::onNonFiniteLanes)
        .onMessage(AggregatorStarted.class, message -> onAggregatorStarted())
        .onMessage(AggregatorFrozen.class, this::onAggregatorFrozen)
        .onMessage(LayerStaged.class, this::onLayerStaged)
        .onMessage(NonFinite.class, this::onNonFinite)
        .onMessage(PartBroke.class, this::onPartBroke)
        .onMessage(CheckpointEnded.class, this::onCheckpointEnded)
        .onMessage(ReplicaDiffers.class, this::onReplicaDiffers)
        .onMessage(Tick.class, tick -> onTick())
        .build();
  }

  // Starting and restarting of parts

  private Behavior<Command> onWorkerStarted(WorkerStarted report) {
    if (started.add(report.worker())) {
      readyWhenComplete();
    } else {
      disturbed("worker " + report.worker() + " was restarted after an exception");
      haltIfAwaited(report.worker());
    }
    return this;
  }

  private Behavior<Command> onAggregatorStarted() {
    if (!aggregatorStarted) {
      aggregatorStarted = true;
      readyWhenComplete();
    } else {
      disturbed("the aggregator was restarted after an exception");
      if (aggregatorFreezing) {
        aggregator.tell(new Aggregator.Freeze(ledger.generation()));
      }
    }
    return this;
  }

  private void readyWhenComplete() {
    if (!aggregatorStarted || started.size() < workers.size()) {
      return;
    }
    if (prove) {
      getContext().pipeToSelf(runners.get(0).prove(), Proved::new);
    } else {
      host.tell(new Host.NodeReady(getContext().getSelf(), ""));
    }
  }

  private Behavior<Command> onProved(Proved proved) {
    if (proved.failure() != null) {
      throw new IllegalStateException("no joining proof: " + proved.failure(), proved.failure());
    }
    host.tell(new Host.NodeReady(getContext().getSelf(), proved.proof()));
    return this;
  }

  private void haltIfAwaited(int worker) {
    if (halting.contains(worker)) {
      workers.get(worker).tell(new Worker.Halt(ledger.generation()));
    }
  }

  private void disturbed(String reason) {
    if (trainer != null) {
      trainer.tell(new Trainer.Disturbed(ledger.generation(), reason));
    }
  }

  private Behavior<Command> onPartBroke(PartBroke report) {
    if (report.cause() instanceof CancellationException) {
      return this;
    }
    getContext().getLog().debug("{} broke", report.part(), report.cause());
    if (report.generation().equals(GenerationId.NONE)) {
      throw new IllegalStateException(
          report.part() + " cannot start: " + report.cause(), report.cause());
    }
    if (ledger.isPromised(report.generation())) {
      tellTrainer(report);
    }
    return this;
  }

  /** What is wrong with the data or refused by this host would be so again. */
  private void tellTrainer(PartBroke report) {
    if (report.cause() instanceof DataUnavailable || report.cause() instanceof Refusal) {
      trainer.tell(new Trainer.Hopeless(report.generation(), report.cause().getMessage()));
    } else {
      disturbed(report.part() + ": " + report.cause());
    }
  }

  // Generations

  private Behavior<Command> onPrepare(Prepare prepare) {
    if (!ledger.prepare(prepare.generation())) {
      prepare
          .replyTo()
          .tell(new Trainer.Outbid(prepare.generation(), ledger.generation().counter()));
      return this;
    }
    trainer = prepare.replyTo();
    activity = Activity.NONE;
    outcomes.clear();
    evaluated.clear();
    suspects.clear();
    assigned.clear();
    aggregatorFreezing = true;
    aggregator.tell(new Aggregator.Freeze(prepare.generation()));
    for (int i = 0; i < workers.size(); i++) {
      halting.add(i);
      workers.get(i).tell(new Worker.Halt(prepare.generation()));
    }
    return this;
  }

  private Behavior<Command> onWorkerHalted(WorkerHalted report) {
    if (ledger.isPromised(report.generation()) && halting.remove(report.worker())) {
      answerWhenStopped();
    }
    return this;
  }

  private Behavior<Command> onAggregatorFrozen(AggregatorFrozen report) {
    if (ledger.isPromised(report.generation()) && aggregatorFreezing) {
      aggregatorFreezing = false;
      answerWhenStopped();
    }
    return this;
  }

  private void answerWhenStopped() {
    if (halting.isEmpty() && !aggregatorFreezing) {
      trainer.tell(
          new Trainer.Prepared(
              ledger.generation(),
              getContext().getSelf(),
              ledger.committed(),
              /* damaged= */ false));
    }
  }

  private Behavior<Command> onBegin(Begin begin) {
    Assignment assignment = begin.assignment();
    if (ledger.begin(assignment.generation())) {
      activity = Activity.CONNECTING;
      connected = false;
      name = assignment.shares().get(assignment.self()).node();
      alone = assignment.shares().size() == 1;
      lease = ledger.committed();
      aggregator.tell(new Aggregator.Begin(assignment));
      for (int i = 0; i < workers.size(); i++) {
        workers
            .get(i)
            .tell(
                new Worker.Assign(
                    assignment.generation(), assignment.devices().get(i), ledger.committed() + 1));
      }
    }
    return this;
  }

  private Behavior<Command> onWorkerAssigned(WorkerAssigned report) {
    if (ledger.isPromised(report.generation())) {
      assigned.add(report.worker());
      begunWhenReady();
    }
    return this;
  }

  private Behavior<Command> onStreamsConnected(StreamsConnected report) {
    if (ledger.isPromised(report.generation())) {
      connected = true;
      begunWhenReady();
    }
    return this;
  }

  private void begunWhenReady() {
    if (connected && assigned.size() == workers.size() && activity == Activity.CONNECTING) {
      activity = Activity.NONE;
      trainer.tell(new Trainer.Begun(ledger.generation(), getContext().getSelf()));
    }
  }

  private Behavior<Command> onExtendLease(ExtendLease extension) {
    if (ledger.isPromised(extension.generation()) && extension.lease() > lease) {
      lease = extension.lease();
      runNextStep();
    }
    return this;
  }

  // Steps

  /** Begins the next step if the lease allows it and nothing else is being done. */
  private void runNextStep() {
    if (ledger.committed() < lease && activity == Activity.NONE) {
      activity = Activity.STEP;
      stepBeganNs = System.nanoTime();
      workers.forEach(
          worker -> worker.tell(new Worker.RunStep(ledger.generation(), ledger.committed() + 1)));
    }
  }

  private Behavior<Command> onLayerStaged(LayerStaged report) {
    if (ledger.isCurrent(report.generation(), report.step())) {
      ledger.layerStaged(report.layer());
      commitWhenComplete();
    }
    return this;
  }

  private Behavior<Command> onWorkerFinished(WorkerFinished report) {
    if (ledger.isCurrent(report.generation(), report.step())) {
      ledger.workerFinished(report.worker());
      outcomes.put(report.worker(), report.outcome());
      commitWhenComplete();
    }
    return this;
  }

  private void commitWhenComplete() {
    if (ledger.canCommit()) {
      long step = ledger.commit();
      long began = System.nanoTime();
      run.replica().commit(step);
      long ended = System.nanoTime();
      trainer.tell(committed(step, began, ended));
      tellTimeline(step, began, ended);
      loop.clock().clear();
      loop.committed(ledger.generation(), step);
      outcomes.clear();
      activity = Activity.NONE;
      runNextStep();
    }
  }

  private void tellTimeline(long step, long commitBeganNs, long committedNs) {
    track.step(step);
    track.span("phase", "step", Track.NO_SLICE, stepBeganNs, committedNs);
    track.span("phase", "commit", Track.NO_SLICE, commitBeganNs, committedNs);
    timeline.reached(step);
  }

  private Trainer.Committed committed(long step, long commitBeganNs, long committedNs) {
    List<LaneOutcome> lanes = outcomes.values().stream().flatMap(o -> o.lanes().stream()).toList();
    long waitedNs = outcomes.values().stream().mapToLong(StepOutcome::dataWaitNs).max().orElse(0);
    List<Laps> laps = outcomes.values().stream().map(StepOutcome::laps).toList();
    return new Trainer.Committed(
        ledger.generation(),
        step,
        getContext().getSelf(),
        lanes,
        (committedNs - stepBeganNs) * 1e-9,
        waitedNs * 1e-9,
        StepPhases.of(name, alone, laps, loop.clock(), commitBeganNs, committedNs));
  }

  // Values that are not finite

  /** Has the lanes searched for once: that repeats the step, and mostly every layer is affected. */
  private Behavior<Command> onNonFinite(NonFinite report) {
    if (ledger.isCurrent(report.generation(), report.step()) && activity == Activity.STEP) {
      activity = Activity.SEARCH;
      workers.forEach(
          worker ->
              worker.tell(
                  new Worker.FindNonFinite(report.generation(), report.step(), report.layer())));
    }
    return this;
  }

  private Behavior<Command> onNonFiniteLanes(NonFiniteLanes report) {
    if (ledger.isCurrent(report.generation(), report.step())) {
      suspects.put(report.worker(), report.lanes());
      if (suspects.size() == workers.size()) {
        List<Integer> lanes = suspects.values().stream().flatMap(List::stream).sorted().toList();
        trainer.tell(
            new Trainer.Diverged(
                report.generation(), report.step(), report.layer(), getContext().getSelf(), lanes));
      }
    }
    return this;
  }

  private Behavior<Command> onReplicaDiffers(ReplicaDiffers report) {
    trainer.tell(new Trainer.ReplicasDiffer(report.peer(), report.step(), report.slices()));
    return this;
  }

  // What the Trainer orders between steps

  private Behavior<Command> onEvaluate(Evaluate order) {
    if (ledger.isPromised(order.generation())) {
      activity = Activity.EVALUATION;
      evaluated.clear();
      List<LaneRange> shares = LaneRange.deal(order.to() - order.from(), workers.size());
      for (int i = 0; i < workers.size(); i++) {
        LaneRange share = shares.get(i);
        workers
            .get(i)
            .tell(
                new Worker.Evaluate(
                    order.generation(), order.from() + share.from(), order.from() + share.to()));
      }
    }
    return this;
  }

  private Behavior<Command> onWorkerEvaluated(WorkerEvaluated report) {
    if (ledger.isPromised(report.generation())) {
      evaluated.put(report.worker(), report.outcome());
      if (evaluated.size() == workers.size()) {
        activity = Activity.NONE;
        trainer.tell(evaluatedShare());
      }
    }
    return this;
  }

  private Trainer.Evaluated evaluatedShare() {
    List<Outcome> batches =
        evaluated.values().stream().flatMap(share -> share.batches().stream()).toList();
    long waitedNs =
        evaluated.values().stream().mapToLong(EvaluationOutcome::dataWaitNs).max().orElse(0);
    return new Trainer.Evaluated(
        ledger.generation(), getContext().getSelf(), batches, waitedNs * 1e-9);
  }

  private Behavior<Command> onWriteCheckpoint(WriteCheckpoint order) {
    if (ledger.isPromised(order.generation())) {
      activity = Activity.CHECKPOINT;
      getContext()
          .pipeToSelf(
              CompletableFuture.supplyAsync(() -> run.archive().write(run.replica()), blocking),
              (folder, failure) -> new CheckpointEnded(order.generation(), folder, failure));
    }
    return this;
  }

  private Behavior<Command> onCheckpointEnded(CheckpointEnded report) {
    if (ledger.isPromised(report.generation())) {
      activity = Activity.NONE;
    }
    String failure = report.failure() == null ? "" : rootMessage(report.failure());
    trainer.tell(new Trainer.CheckpointEnded(report.generation(), report.folder(), failure));
    return this;
  }

  private static String rootMessage(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return String.valueOf(cause.getMessage());
  }

  // Deadline

  private Behavior<Command> onTick() {
    long progress = ledger.committed() + runners.stream().mapToLong(LaneRunner::progress).sum();
    if (watch.isStalled(progress, activity != Activity.NONE, System.nanoTime())) {
      disturbed(stalled());
    }
    return this;
  }

  private String stalled() {
    String missing =
        switch (activity) {
          case CONNECTING -> "streams to " + loop.unconnected();
          case STEP -> ledger.missing();
          case SEARCH -> (workers.size() - suspects.size()) + " of the workers";
          case EVALUATION -> (workers.size() - evaluated.size()) + " of the workers";
          case CHECKPOINT -> "the disk";
          case NONE -> "nobody";
        };
    return "no progress for %d s in the %s after step %d; missing: %s"
        .formatted(
            run.stallLimit().toSeconds(),
            activity.name().toLowerCase(Locale.ROOT),
            ledger.committed(),
            missing);
  }
}
