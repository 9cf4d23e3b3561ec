package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import io.larch.cluster.LayerOptimizer.Verdict;
import io.larch.compute.Outcome;
import io.larch.config.Refusal;
import io.larch.coordinate.Assignment;
import io.larch.coordinate.Assignment.Share;
import io.larch.coordinate.EvaluationOutcome;
import io.larch.coordinate.Follower;
import io.larch.coordinate.NodeLedger;
import io.larch.coordinate.StepFigures;
import io.larch.coordinate.StepOutcome;
import io.larch.coordinate.StepReport;
import io.larch.coordinate.Wait;
import io.larch.data.DataUnavailable;
import io.larch.observe.Event;
import io.larch.observe.NodePhases;
import io.larch.observe.TensorFigures;
import io.larch.observe.Timeline;
import io.larch.observe.Track;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Lanes;
import io.larch.reduce.ReplicaDamaged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * One per JVM: owns the workers and the aggregator, takes part in generations, runs steps as far as
 * its lease allows and commits them. It carries what its parts and the Trainer say to a {@link
 * Follower}, which decides, and carries out what that orders.
 *
 * <pre>
 *   Trainer --Prepare(g)--> Node --Halt--> Workers, --Freeze--> Aggregator
 *   Trainer &lt;--Prepared(g, s)-- Node            once all have stopped
 *   Trainer --Feed(g), TakeState(g, s)--> Nodes --state--> Node --StateTaken(g, s)--> Trainer
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
  private static final long NOTHING = -1;

  sealed interface Command {}

  /**
   * Promise a generation, stop, and say how far you are.
   *
   * @param afterLease whether to go on to the end of the lease first
   */
  record Prepare(GenerationId generation, boolean afterLease, ActorRef<Trainer.Command> replyTo)
      implements Command, Remote {}

  /** Take up lanes and peers after a step, and say when all streams stand; steps need a lease. */
  record Begin(Assignment assignment, long step) implements Command, Remote {}

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

  /** Evaluate batches [from, to) of the test set on the weights of a step. */
  record Evaluate(GenerationId generation, long step, int from, int to)
      implements Command, Remote {}

  /** Write a checkpoint of the committed state, that of a step. */
  record WriteCheckpoint(GenerationId generation, long step) implements Command, Remote {}

  /** What a peer was to be fed is on its way. */
  private record Fed(GenerationId generation, String to) implements Command {}

  /** The whole state of a step is staged. */
  private record StateStaged(GenerationId generation, long step) implements Command {}

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

  /** A layer's norms and trust ratios are known. */
  record LayerJudged(Verdict verdict) implements Command {}

  /**
   * The gradient of a layer is not finite.
   *
   * @param skipped whether the step counts all the same, with no layer changed
   */
  record NonFinite(GenerationId generation, long step, String layer, boolean skipped)
      implements Command {}

  /** Work of a generation ended with an exception. */
  record PartBroke(GenerationId generation, String part, Throwable cause) implements Command {}

  /** A peer's replica holds other bits in some slices after a step. */
  record ReplicaDiffers(String peer, long step, List<Integer> slices) implements Command {}

  private record CheckpointEnded(String folder, Throwable failure) implements Command {}

  /** Say how you stand. */
  record Describe(ActorRef<StallWatch.Command> replyTo) implements Command {}

  private record Explained(ActorRef<StallWatch.Command> replyTo, StallWatch.Own own)
      implements Command {}

  /** For whom the Trainer waits, if it is in this process. */
  record TrainerWaits(List<Wait> waits) implements Command {}

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
  private final OwnParts ownParts = new OwnParts();
  private final Follower follower;
  private final Set<Integer> started = new HashSet<>();
  private boolean aggregatorStarted;
  private ActorRef<Trainer.Command> trainer;
  private List<Wait> trainerWaits = List.of();

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
    follower =
        new Follower(
            new NodeLedger(Set.copyOf(run.layout().layers()), runners.size(), run.replica().step()),
            run.replica().step() < run.timetable().lastStep() ? run.replica().step() : NOTHING,
            run.stallLimit().toNanos(),
            System::nanoTime,
            ownParts,
            new ReportsToTrainer());
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
        .onMessage(
            Feed.class,
            order -> follow(f -> f.feed(order.generation(), order.to(), order.slices())))
        .onMessage(Fed.class, report -> follow(f -> f.fed(report.generation(), report.to())))
        .onMessage(
            TakeState.class,
            order -> follow(f -> f.takeState(order.generation(), order.step(), order.from())))
        .onMessage(
            StateStaged.class,
            report -> follow(f -> f.stateStaged(report.generation(), report.step())))
        .onMessage(
            ExtendLease.class,
            order -> follow(f -> f.extendLease(order.generation(), order.lease())))
        .onMessage(
            Evaluate.class,
            order ->
                follow(f -> f.evaluate(order.generation(), order.step(), order.from(), order.to())))
        .onMessage(
            WriteCheckpoint.class,
            order -> follow(f -> f.writeCheckpoint(order.generation(), order.step())))
        .onMessage(WorkerStarted.class, this::onWorkerStarted)
        .onMessage(Proved.class, this::onProved)
        .onMessage(StreamsConnected.class, report -> follow(f -> f.connected(report.generation())))
        .onMessage(
            WorkerHalted.class,
            report -> follow(f -> f.workerHalted(report.generation(), report.worker())))
        .onMessage(
            WorkerAssigned.class,
            report -> follow(f -> f.workerAssigned(report.generation(), report.worker())))
        .onMessage(WorkerFinished.class, this::onWorkerFinished)
        .onMessage(WorkerEvaluated.class, this::onWorkerEvaluated)
        .onMessage(NonFiniteLanes.class, this::onNonFiniteLanes)
        .onMessage(AggregatorStarted.class, message -> onAggregatorStarted())
        .onMessage(
            AggregatorFrozen.class, report -> follow(f -> f.reductionFrozen(report.generation())))
        .onMessage(LayerJudged.class, this::onLayerJudged)
        .onMessage(
            LayerStaged.class,
            report ->
                follow(f -> f.layerStaged(report.generation(), report.step(), report.layer())))
        .onMessage(
            NonFinite.class,
            report ->
                follow(
                    f ->
                        f.nonFinite(
                            report.generation(), report.step(), report.layer(), report.skipped())))
        .onMessage(PartBroke.class, this::onPartBroke)
        .onMessage(CheckpointEnded.class, this::onCheckpointEnded)
        .onMessage(ReplicaDiffers.class, this::onReplicaDiffers)
        .onMessage(Tick.class, tick -> onTick())
        .onMessage(TrainerWaits.class, this::onTrainerWaits)
        .onMessage(Describe.class, this::onDescribe)
        .onMessage(Explained.class, this::onExplained)
        .build();
  }

  private Behavior<Command> follow(Consumer<Follower> news) {
    news.accept(follower);
    return this;
  }

  // Starting and restarting of parts

  private Behavior<Command> onWorkerStarted(WorkerStarted report) {
    if (started.add(report.worker())) {
      readyWhenComplete();
    } else {
      follower.workerRestarted(report.worker());
    }
    return this;
  }

  private Behavior<Command> onAggregatorStarted() {
    if (!aggregatorStarted) {
      aggregatorStarted = true;
      readyWhenComplete();
    } else {
      follower.reductionRestarted();
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

  private Behavior<Command> onPartBroke(PartBroke report) {
    if (report.cause() instanceof CancellationException) {
      return this;
    }
    getContext().getLog().debug("{} broke", report.part(), report.cause());
    if (report.generation().equals(GenerationId.NONE)) {
      throw new IllegalStateException(
          report.part() + " cannot start: " + report.cause(), report.cause());
    }
    if (follower.isPromised(report.generation())) {
      tellTrainer(report);
    }
    return this;
  }

  /** What is wrong with the data or refused by this host would be so again. */
  private void tellTrainer(PartBroke report) {
    if (report.cause() instanceof DataUnavailable || report.cause() instanceof Refusal) {
      trainer.tell(new Trainer.Hopeless(report.generation(), report.cause().getMessage()));
    } else if (report.cause() instanceof ReplicaDamaged) {
      follower.replicaDamaged(report.cause().getMessage());
    } else {
      follower.disturbed(report.part() + ": " + report.cause());
    }
  }

  // What the Trainer orders

  private Behavior<Command> onPrepare(Prepare prepare) {
    if (follower.generation().isNewerThan(prepare.generation())) {
      prepare
          .replyTo()
          .tell(new Trainer.Outbid(prepare.generation(), follower.generation().counter()));
    } else if (follower.prepare(prepare.generation(), prepare.afterLease())) {
      trainer = prepare.replyTo();
    }
    return this;
  }

  private Behavior<Command> onBegin(Begin begin) {
    return follow(f -> f.begin(begin.assignment(), begin.step()));
  }

  // What the parts say

  private Behavior<Command> onWorkerFinished(WorkerFinished report) {
    return follow(
        f ->
            f.workerFinished(
                report.generation(), report.step(), report.worker(), report.outcome()));
  }

  private Behavior<Command> onLayerJudged(LayerJudged judged) {
    ownParts.judged(judged.verdict());
    return this;
  }

  private Behavior<Command> onNonFiniteLanes(NonFiniteLanes report) {
    return follow(
        f ->
            f.suspectsFound(
                report.generation(),
                report.step(),
                report.layer(),
                report.worker(),
                report.lanes()));
  }

  private Behavior<Command> onWorkerEvaluated(WorkerEvaluated report) {
    return follow(f -> f.workerEvaluated(report.generation(), report.worker(), report.outcome()));
  }

  private Behavior<Command> onCheckpointEnded(CheckpointEnded report) {
    String failure = report.failure() == null ? "" : rootMessage(report.failure());
    return follow(f -> f.checkpointEnded(report.folder(), failure));
  }

  private static String rootMessage(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return String.valueOf(cause.getMessage());
  }

  private Behavior<Command> onReplicaDiffers(ReplicaDiffers report) {
    if (trainer != null) {
      trainer.tell(new Trainer.ReplicasDiffer(report.peer(), report.step(), report.slices()));
    }
    return this;
  }

  private Behavior<Command> onTick() {
    return follow(f -> f.tick(progress(), loop.unconnected(), loop.stateMissing()));
  }

  private long progress() {
    return loop.stateProgress() + runners.stream().mapToLong(LaneRunner::progress).sum();
  }

  private Behavior<Command> onTrainerWaits(TrainerWaits told) {
    trainerWaits = told.waits();
    return this;
  }

  private Behavior<Command> onDescribe(Describe asked) {
    long step = follower.committed() + 1;
    String doing = follower.doing();
    boolean computing = follower.isComputing();
    long progress = step + progress() + loop.moved();
    List<Wait> waits = waitsBesideReduction();
    getContext()
        .pipeToSelf(
            loop.waits(),
            (sums, failure) -> {
              List<Wait> all = new ArrayList<>(sums == null ? List.of() : sums);
              all.addAll(waits);
              return new Explained(
                  asked.replyTo(), new StallWatch.Own(step, doing, computing, progress, all));
            });
    return this;
  }

  private Behavior<Command> onExplained(Explained report) {
    report.replyTo().tell(report.own());
    return this;
  }

  private List<Wait> waitsBesideReduction() {
    if (trainer == null) {
      return List.of();
    } else if (follower.isConnecting()) {
      return waits(Arrays.asList(loop.unconnected().split(", ")), "connecting", "streams");
    } else if (follower.isTaking()) {
      return waits(ownParts.feeders, "feeding", "its part of the state");
    } else if (isLedFromHere()) {
      return trainerWaits;
    } else if (follower.isWaiting()) {
      return waits(List.of(trainer.path().address().toString()), "lead", "its next order");
    }
    return List.of();
  }

  private boolean isLedFromHere() {
    return trainer.path().address().hasLocalScope();
  }

  private static List<Wait> waits(List<String> nodes, String phase, String what) {
    return nodes.stream()
        .filter(node -> !node.isEmpty())
        .map(node -> new Wait(node, phase, "", what))
        .toList();
  }

  /** What the follower orders. */
  private final class OwnParts implements Follower.Parts {
    private Assignment assignment;
    private final Map<String, List<TensorFigures>> figures = new HashMap<>();
    private List<String> feeders = List.of();
    private long stepBeganNs;

    @Override
    public void freeze(GenerationId generation) {
      aggregator.tell(new Aggregator.Freeze(generation));
    }

    @Override
    public void halt(GenerationId generation, int worker) {
      workers.get(worker).tell(new Worker.Halt(generation));
    }

    @Override
    public void takeUp(Assignment dealt, long firstStep) {
      assignment = dealt;
      figures.clear();
      aggregator.tell(new Aggregator.Begin(assignment));
      for (int i = 0; i < workers.size(); i++) {
        Lanes lanes = assignment.devices().get(i);
        workers.get(i).tell(new Worker.Assign(assignment.generation(), lanes, firstStep));
      }
    }

    @Override
    public void feed(GenerationId generation, Share to, List<Integer> slices) {
      getContext()
          .pipeToSelf(
              loop.feed(generation, to, slices),
              (done, failure) ->
                  failure == null
                      ? new Fed(generation, to.node())
                      : new PartBroke(generation, "feeding " + to.node(), failure));
    }

    @Override
    public void takeState(GenerationId generation, long step, List<Share> from) {
      feeders = from.stream().map(Share::node).toList();
      getContext()
          .pipeToSelf(
              loop.takeState(generation, step, from),
              (done, failure) ->
                  failure == null
                      ? new StateStaged(generation, step)
                      : new PartBroke(generation, "taking state", failure));
    }

    @Override
    public void adopt(long step) {
      run.replica().adopt(step);
    }

    @Override
    public void runStep(GenerationId generation, long step) {
      stepBeganNs = System.nanoTime();
      workers.forEach(worker -> worker.tell(new Worker.RunStep(generation, step)));
    }

    @Override
    public StepFigures commit(GenerationId generation, long step, List<StepOutcome> outcomes) {
      long beganNs = System.nanoTime();
      run.replica().commit(step);
      long committedNs = System.nanoTime();
      NodePhases phases = phases(outcomes, beganNs, committedNs);
      tellTimeline(step, beganNs, committedNs);
      loop.clock().clear();
      loop.committed(generation, step);
      List<TensorFigures> tensors = tensors();
      figures.clear();
      return new StepFigures(phases, run.replica().hashes().digest(), tensors);
    }

    /** All nodes hear of every layer; one tells it. */
    private void judged(Verdict verdict) {
      boolean isCurrent =
          follower.isPromised(verdict.generation()) && verdict.step() == follower.committed() + 1;
      if (isCurrent && assignment.self() == 0 && Event.Layers.isToldOf(verdict.step())) {
        figures.put(verdict.layer(), StepPhases.tensors(verdict));
      }
    }

    private List<TensorFigures> tensors() {
      return run.layout().layers().stream()
          .flatMap(layer -> figures.getOrDefault(layer, List.of()).stream())
          .toList();
    }

    private void tellTimeline(long step, long commitBeganNs, long committedNs) {
      track.step(step);
      track.span("phase", "step", Track.NO_SLICE, stepBeganNs, committedNs);
      track.span("phase", "commit", Track.NO_SLICE, commitBeganNs, committedNs);
      timeline.reached(step);
    }

    private NodePhases phases(List<StepOutcome> outcomes, long beganNs, long committedNs) {
      return StepPhases.of(
          assignment.shares().get(assignment.self()).node(),
          assignment.shares().size() == 1,
          outcomes.stream().map(StepOutcome::laps).toList(),
          loop.clock(),
          beganNs,
          committedNs);
    }

    @Override
    public void search(GenerationId generation, long step, String layer) {
      workers.forEach(worker -> worker.tell(new Worker.FindNonFinite(generation, step, layer)));
    }

    @Override
    public void evaluate(GenerationId generation, int worker, int from, int to) {
      workers.get(worker).tell(new Worker.Evaluate(generation, from, to));
    }

    @Override
    public void writeCheckpoint() {
      getContext()
          .pipeToSelf(
              CompletableFuture.supplyAsync(
                  () -> run.archive().write(run.checkedReplica()), blocking),
              CheckpointEnded::new);
    }
  }

  /** What the follower reports. */
  private final class ReportsToTrainer implements Follower.Reports {
    private ActorRef<Command> self() {
      return getContext().getSelf();
    }

    @Override
    public void prepared(
        GenerationId generation, long committed, boolean damaged, long settled, List<Lanes> lanes) {
      trainer.tell(
          new Trainer.Prepared(
              generation,
              self(),
              loop.address(),
              committed,
              run.replica().hashes().digest(),
              damaged,
              settled,
              lanes));
    }

    @Override
    public void stateComes(GenerationId generation) {
      trainer.tell(new Trainer.StateComes(generation, self()));
    }

    @Override
    public void stateTaken(GenerationId generation, long step) {
      trainer.tell(new Trainer.StateTaken(generation, self(), step));
    }

    @Override
    public void begun(GenerationId generation) {
      trainer.tell(new Trainer.Begun(generation, self()));
    }

    @Override
    public void committed(GenerationId generation, StepReport report) {
      trainer.tell(new Trainer.Committed(generation, self(), report));
    }

    @Override
    public void disturbed(GenerationId generation, String reason) {
      String node = getContext().getSystem().address().toString();
      trainer.tell(new Trainer.Disturbed(generation, node + ": " + reason));
    }

    @Override
    public void diverged(GenerationId generation, long step, String layer, List<Integer> lanes) {
      trainer.tell(new Trainer.Diverged(generation, step, layer, self(), lanes));
    }

    @Override
    public void evaluated(
        GenerationId generation, long step, List<Outcome> batches, double dataWaitSeconds) {
      trainer.tell(new Trainer.Evaluated(generation, self(), step, batches, dataWaitSeconds));
    }

    @Override
    public void checkpointEnded(GenerationId generation, long step, String folder, String failure) {
      trainer.tell(new Trainer.CheckpointEnded(generation, self(), step, folder, failure));
    }
  }
}
