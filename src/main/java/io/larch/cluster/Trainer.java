package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import io.larch.cluster.Assignment.Share;
import io.larch.cluster.LaneRunner.LaneOutcome;
import io.larch.cluster.RunManager.Member;
import io.larch.cluster.RunStatus.SlicePlace;
import io.larch.compute.Outcome;
import io.larch.observe.Event;
import io.larch.observe.NodePhases;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Placement;
import io.larch.reduce.Slice;
import io.larch.reduce.StepTally;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Leads a run: generations, the lease of steps, evaluation and checkpoints. It is not on the path
 * of a step, and holds nothing that the nodes could not be asked again: one that was restarted
 * begins with a generation of its own.
 *
 * <pre>
 *   preparing --all Prepared--> beginning --all Begun--> training --lease run out--> evaluating
 *       ^                                                   ^                            |
 *       |                                                   |                      checkpointing
 *   Disturbed, in any state                                 +------ lease extended ------+--> finished
 * </pre>
 */
final class Trainer {
  private static final Duration REPEAT_AFTER = Duration.ofSeconds(2);
  private static final Duration PREPARE_LIMIT = Duration.ofMinutes(10);
  private static final int ATTEMPTS_WITHOUT_PROGRESS = 4;
  private static final long NOTHING = -1;
  private static final int LEAST_LEASE = 2;
  private static final double LEASE_SECONDS = 2;

  sealed interface Command {}

  /**
   * A node has promised a generation, stopped, and last committed a step.
   *
   * @param damaged whether its committed state is not what it committed: it must be fed
   */
  record Prepared(
      GenerationId generation, ActorRef<Node.Command> node, long committed, boolean damaged)
      implements Command, Remote {}

  /** A node that was told to take the state of a step has committed it. */
  record StateTaken(GenerationId generation, ActorRef<Node.Command> node, long step)
      implements Command, Remote {}

  /** A node has taken up its lanes, and its streams to all peers stand. */
  record Begun(GenerationId generation, ActorRef<Node.Command> node) implements Command, Remote {}

  /** A node has promised a newer generation already. */
  record Outbid(GenerationId generation, long counter) implements Command, Remote {}

  /** A node has committed a step. */
  record Committed(
      GenerationId generation,
      long step,
      ActorRef<Node.Command> node,
      List<LaneOutcome> lanes,
      double seconds,
      double dataWaitSeconds,
      NodePhases phases)
      implements Command, Remote {}

  /** A part of a node failed; the step in flight has to be done again. */
  record Disturbed(GenerationId generation, String reason) implements Command, Remote {}

  /** A node cannot do its part, now or later: samples that cannot be read, no room for streams. */
  record Hopeless(GenerationId generation, String reason) implements Command, Remote {}

  /** A layer's gradient is not finite in these lanes. */
  record Diverged(
      GenerationId generation,
      long step,
      String layer,
      ActorRef<Node.Command> node,
      List<Integer> lanes)
      implements Command, Remote {}

  /** A node's share of the test set, one outcome a batch. */
  record Evaluated(
      GenerationId generation,
      ActorRef<Node.Command> node,
      List<Outcome> batches,
      double dataWaitSeconds)
      implements Command, Remote {}

  /** A checkpoint is on disk, or failed with a text. */
  record CheckpointEnded(GenerationId generation, String folder, String failure)
      implements Command, Remote {}

  /** A node found that a peer's replica holds other bits after a step. */
  record ReplicasDiffer(String peer, long step, List<Integer> slices) implements Command, Remote {}

  enum KeepState implements Command {
    /** Write a checkpoint once the lease has run out. */
    KEEP
  }

  /** The layers' optimizers are where they are to be, or could not be moved. */
  private record Placed(GenerationId generation, Throwable failure) implements Command {}

  private enum Repeat implements Command {
    REPEAT
  }

  private enum TooLate implements Command {
    TOO_LATE
  }

  /** What the Trainer tells, on its own thread. */
  interface Reports extends Event.Listener {
    /** A generation begins with these shares. */
    void dealt(Assignment assignment, long lastStep, List<SlicePlace> slices);

    /** All steps are done, evaluated and kept. */
    void finished();

    /** The run cannot go on. */
    void failed(String reason);

    /** A layer's gradient is not finite in these lanes; the step was not applied. */
    void diverged(long step, String layer, List<Integer> lanes);
  }

  /** What a preparation knows. */
  private record Attempt(
      GenerationId generation,
      String reason,
      Map<ActorRef<Node.Command>, Prepared> answers,
      int fruitless) {}

  /** What a generation in progress knows; {@code tallies} are of steps not yet told. */
  private record Period(
      GenerationId generation,
      long committed,
      long lease,
      int fruitless,
      Map<Long, StepReports> reports) {
    Period after(long step) {
      return new Period(generation, step, lease, 0, reports);
    }

    Period leased(long newLease) {
      return new Period(generation, committed, newLease, fruitless, reports);
    }
  }

  /** What nodes have said of a step. */
  private static final class StepReports {
    private final StepTally tally;
    private final Map<String, NodePhases> phases = new TreeMap<>();
    private double seconds;
    private double dataWaitSeconds;

    private StepReports(int lanes) {
      tally = new StepTally(lanes);
    }

    private void add(Committed report) {
      report.lanes().forEach(lane -> tally.add(lane.lane(), lane.outcome()));
      phases.put(report.phases().node(), report.phases());
      seconds = Math.max(seconds, report.seconds());
      dataWaitSeconds = Math.max(dataWaitSeconds, report.dataWaitSeconds());
    }
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final RunContext run;
  private final List<Member> members;
  private final LayerPlaces places;
  private final Reports observer;
  private final long incarnation = ThreadLocalRandom.current().nextLong();

  /** The last step after which all that was due has been done. */
  private long settled;

  /** How many steps are granted at once. */
  private int leaseSteps = LEAST_LEASE;

  /** Whether somebody wants a checkpoint as soon as the lease has run out. */
  private boolean keepAsked;

  /**
   * Leads a run on some nodes.
   *
   * @param members in the order in which lanes are dealt
   */
  static Behavior<Command> create(
      RunContext run, List<Member> members, LayerPlaces places, Reports observer) {
    Behavior<Command> behavior =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new Trainer(context, timers, run, members, places, observer).start()));
    return Behaviors.supervise(run.interception().around("trainer", behavior))
        .onFailure(SupervisorStrategy.restart());
  }

  private Trainer(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      RunContext run,
      List<Member> members,
      LayerPlaces places,
      Reports observer) {
    this.context = context;
    this.timers = timers;
    this.run = run;
    this.members = members;
    this.places = places;
    this.observer = observer;
    long begun = run.replica().step();
    settled = begun < run.timetable().lastStep() ? begun : NOTHING;
  }

  private Behavior<Command> start() {
    GenerationId first = GenerationId.NONE.next(incarnation);
    return prepare(new Attempt(first, "the run begins", new HashMap<>(), 0));
  }

  private List<ActorRef<Node.Command>> nodes() {
    return members.stream().map(Member::node).toList();
  }

  // preparing

  private Behavior<Command> prepare(Attempt attempt) {
    askToPrepare(attempt);
    timers.startTimerWithFixedDelay(Repeat.REPEAT, REPEAT_AFTER);
    timers.startSingleTimer(TooLate.TOO_LATE, PREPARE_LIMIT);
    return Behaviors.receive(Command.class)
        .onMessage(Prepared.class, answer -> onPrepared(attempt, answer))
        .onMessage(Outbid.class, outbid -> onOutbid(attempt, outbid))
        .onMessage(
            Repeat.class,
            repeat -> {
              askToPrepare(attempt);
              return Behaviors.same();
            })
        .onMessage(TooLate.class, late -> fail(missing(attempt)))
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private void askToPrepare(Attempt attempt) {
    for (ActorRef<Node.Command> node : nodes()) {
      if (!attempt.answers().containsKey(node)) {
        node.tell(new Node.Prepare(attempt.generation(), context.getSelf()));
      }
    }
  }

  private String missing(Attempt attempt) {
    return "generation %d could not be prepared within %d s; no answer from %s"
        .formatted(
            attempt.generation().counter(),
            PREPARE_LIMIT.toSeconds(),
            without(attempt.answers().keySet()));
  }

  /** Names of the nodes that are not among these. */
  private List<String> without(Set<ActorRef<Node.Command>> answered) {
    return members.stream()
        .filter(member -> !answered.contains(member.node()))
        .map(Member::name)
        .toList();
  }

  private Behavior<Command> onOutbid(Attempt attempt, Outbid outbid) {
    if (!outbid.generation().equals(attempt.generation())) {
      return Behaviors.same();
    }
    GenerationId higher = new GenerationId(outbid.counter() + 1, incarnation);
    return prepare(new Attempt(higher, attempt.reason(), new HashMap<>(), attempt.fruitless()));
  }

  private Behavior<Command> onPrepared(Attempt attempt, Prepared answer) {
    if (answer.generation().equals(attempt.generation())) {
      attempt.answers().put(answer.node(), answer);
      if (attempt.answers().size() == members.size()) {
        return begin(attempt);
      }
    }
    return Behaviors.same();
  }

  // beginning

  private Behavior<Command> begin(Attempt attempt) {
    timers.cancel(Repeat.REPEAT);
    long committed =
        attempt.answers().values().stream().mapToLong(Prepared::committed).max().orElseThrow();
    observer.on(new Event.Generation(attempt.generation().counter(), committed, attempt.reason()));
    List<Share> shares = shares();
    Period period =
        new Period(
            attempt.generation(), committed, committed, attempt.fruitless(), new HashMap<>());
    placeLayers(period, shares);
    for (int i = 0; i < shares.size(); i++) {
      members.get(i).node().tell(new Node.Begin(new Assignment(period.generation(), i, shares)));
    }
    return beginning(period);
  }

  private List<Share> shares() {
    List<LaneRange> ranges = LaneRange.deal(run.settings().lanes(), devices());
    List<Share> shares = new ArrayList<>();
    int next = 0;
    for (Member member : members) {
      int end = next + member.devices();
      shares.add(
          new Share(member.name(), member.address(), List.copyOf(ranges.subList(next, end))));
      next = end;
    }
    return List.copyOf(shares);
  }

  private int devices() {
    return members.stream().mapToInt(Member::devices).sum();
  }

  private void placeLayers(Period period, List<Share> shares) {
    List<Slice> slices = run.replica().slices();
    Assignment assignment = new Assignment(period.generation(), 0, shares);
    Placement placement = new Placement(assignment.owners(), slices);
    observer.dealt(
        assignment,
        run.timetable().lastStep(),
        slices.stream().map(slice -> place(slice, placement)).toList());
    context.pipeToSelf(
        places.place(slices, placement, members.stream().map(Member::name).toList()),
        (done, failure) -> new Placed(period.generation(), failure));
  }

  private SlicePlace place(Slice slice, Placement placement) {
    String node = members.get(placement.root(slice)).name();
    return new SlicePlace(slice.id(), slice.layer(), (long) slice.count() * Float.BYTES, node);
  }

  private Behavior<Command> beginning(Period period) {
    timers.startSingleTimer(TooLate.TOO_LATE, PREPARE_LIMIT);
    Set<ActorRef<Node.Command>> begun = new HashSet<>();
    boolean[] placed = new boolean[1];
    return whileUndisturbed(period)
        .onMessage(
            Begun.class,
            report -> report.generation().equals(period.generation()),
            report -> {
              begun.add(report.node());
              return begunOrWait(period, begun, placed[0]);
            })
        .onMessage(
            Placed.class,
            report -> report.generation().equals(period.generation()),
            report -> {
              placed[0] = report.failure() == null;
              return placed[0]
                  ? begunOrWait(period, begun, true)
                  : fail("the layers' optimizers cannot be placed: " + report.failure());
            })
        .onMessage(TooLate.class, late -> fail(notBegun(period, begun)))
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> begunOrWait(
      Period period, Set<ActorRef<Node.Command>> begun, boolean placed) {
    if (begun.size() < members.size() || !placed) {
      return Behaviors.same();
    }
    timers.cancel(TooLate.TOO_LATE);
    boolean unsettled = period.committed() > settled && isDue(period.committed());
    return unsettled ? settle(period) : goOn(period);
  }

  private String notBegun(Period period, Set<ActorRef<Node.Command>> begun) {
    return "generation %d did not begin within %d s; not ready: %s"
        .formatted(period.generation().counter(), PREPARE_LIMIT.toSeconds(), without(begun));
  }

  private Behavior<Command> goOn(Period period) {
    return training(extended(period));
  }

  /**
   * Lets the nodes go on to the next step after which something is due, but not so far that a
   * change would have to wait long.
   */
  private Period extended(Period period) {
    long due = run.timetable().leaseAfter(period.committed());
    long lease = Math.min(due, period.committed() + leaseSteps);
    if (lease <= period.lease()) {
      return period;
    }
    nodes().forEach(node -> node.tell(new Node.ExtendLease(period.generation(), lease)));
    return period.leased(lease);
  }

  // training

  private Behavior<Command> training(Period period) {
    Map<ActorRef<Node.Command>, List<Integer>> suspects = new HashMap<>();
    return whileUndisturbed(period)
        .onMessage(
            Committed.class,
            committed -> committed.generation().equals(period.generation()),
            committed -> onCommitted(period, committed))
        .onMessage(
            Diverged.class,
            diverged -> diverged.generation().equals(period.generation()),
            diverged -> onDiverged(suspects, diverged))
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> onCommitted(Period period, Committed report) {
    StepReports reports =
        period
            .reports()
            .computeIfAbsent(report.step(), step -> new StepReports(run.settings().lanes()));
    reports.add(report);
    if (reports.tally.total().isEmpty()) {
      return Behaviors.same();
    }
    period.reports().remove(report.step());
    observer.on(stepEvent(report.step(), reports));
    leaseSteps = Math.max(LEAST_LEASE, (int) (LEASE_SECONDS / reports.seconds));
    Period next = period.after(report.step());
    if (isDue(report.step()) || (keepAsked && report.step() == period.lease())) {
      return settle(next);
    }
    return training(keepAsked ? next : extended(next));
  }

  private Behavior<Command> onKeepState() {
    keepAsked = true;
    return Behaviors.same();
  }

  private boolean isDue(long step) {
    var timetable = run.timetable();
    return step >= timetable.lastStep()
        || timetable.evaluateAfter(step)
        || timetable.checkpointAfter(step);
  }

  private Event.Step stepEvent(long step, StepReports reports) {
    Outcome total = reports.tally.total().orElseThrow();
    return new Event.Step(
        step,
        run.timetable().epoch(step),
        total.loss(),
        total.share(total.top1()),
        run.schedule().rate(step),
        run.settings().globalBatch() / reports.seconds,
        reports.seconds,
        reports.dataWaitSeconds,
        List.copyOf(reports.phases.values()));
  }

  private Behavior<Command> onDiverged(
      Map<ActorRef<Node.Command>, List<Integer>> suspects, Diverged report) {
    suspects.put(report.node(), report.lanes());
    if (suspects.size() < members.size()) {
      return Behaviors.same();
    }
    List<Integer> lanes = suspects.values().stream().flatMap(List::stream).sorted().toList();
    observer.diverged(report.step(), report.layer(), lanes);
    return Behaviors.stopped();
  }

  private Behavior<Command> onDisturbed(Period period, Disturbed report) {
    int fruitless = period.fruitless() + 1;
    if (fruitless >= ATTEMPTS_WITHOUT_PROGRESS) {
      return fail(
          "step "
              + (period.committed() + 1)
              + " failed "
              + fruitless
              + " times; the last time: "
              + report.reason());
    }
    observer.on(new Event.Warning(report.reason() + "; the step in flight is done again"));
    GenerationId next = period.generation().next(incarnation);
    return prepare(new Attempt(next, report.reason(), new HashMap<>(), fruitless));
  }

  // between steps

  /** Does what is due after a committed step, then goes on. */
  private Behavior<Command> settle(Period period) {
    if (run.timetable().evaluateAfter(period.committed()) && run.testSamples() > 0) {
      return evaluate(period);
    }
    return settleCheckpoint(period);
  }

  private Behavior<Command> evaluate(Period period) {
    List<LaneRange> batches = LaneRange.deal(run.testBatches(), devices());
    int next = 0;
    for (Member member : members) {
      int from = batches.get(next).from();
      next += member.devices();
      int to = batches.get(next - 1).to();
      member.node().tell(new Node.Evaluate(period.generation(), from, to));
    }
    Map<ActorRef<Node.Command>, Evaluated> answers = new HashMap<>();
    return whileUndisturbed(period)
        .onMessage(
            Evaluated.class,
            report -> report.generation().equals(period.generation()),
            report -> onEvaluated(period, answers, report))
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private BehaviorBuilder<Command> whileUndisturbed(Period period) {
    return Behaviors.receive(Command.class)
        .onMessage(KeepState.class, keep -> onKeepState())
        .onMessage(
            Disturbed.class,
            disturbed -> disturbed.generation().equals(period.generation()),
            disturbed -> onDisturbed(period, disturbed))
        .onMessage(
            Hopeless.class,
            lost -> lost.generation().equals(period.generation()),
            lost -> fail(lost.reason()))
        .onMessage(ReplicasDiffer.class, this::onReplicasDiffer);
  }

  private Behavior<Command> onReplicasDiffer(ReplicasDiffer report) {
    observer.on(
        new Event.Warning(
            "the replica of %s differs after step %d in slices %s"
                .formatted(report.peer(), report.step(), report.slices())));
    return Behaviors.same();
  }

  private Behavior<Command> onEvaluated(
      Period period, Map<ActorRef<Node.Command>, Evaluated> answers, Evaluated report) {
    answers.put(report.node(), report);
    if (answers.size() < members.size()) {
      return Behaviors.same();
    }
    Outcome total = Outcome.NONE;
    double waited = 0;
    for (ActorRef<Node.Command> node : nodes()) {
      Evaluated share = answers.get(node);
      waited = Math.max(waited, share.dataWaitSeconds());
      for (Outcome batch : share.batches()) {
        total = total.plus(batch);
      }
    }
    observer.on(evaluatedEvent(period.committed(), total, waited));
    return settleCheckpoint(period);
  }

  private static Event.Evaluated evaluatedEvent(long step, Outcome total, double waited) {
    return new Event.Evaluated(
        step,
        total.loss(),
        total.share(total.top1()),
        total.share(total.top5()),
        total.samples(),
        waited);
  }

  private Behavior<Command> settleCheckpoint(Period period) {
    if (!run.timetable().checkpointAfter(period.committed()) && !keepAsked) {
      return settled(period);
    }
    keepAsked = false;
    keeper().tell(new Node.WriteCheckpoint(period.generation()));
    return whileUndisturbed(period)
        .onMessage(
            CheckpointEnded.class,
            report -> report.generation().equals(period.generation()),
            report -> onCheckpointEnded(period, report))
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  /** The node in the Trainer's own process. */
  private ActorRef<Node.Command> keeper() {
    return nodes().stream()
        .filter(node -> node.path().address().hasLocalScope())
        .findFirst()
        .orElseThrow();
  }

  private Behavior<Command> onCheckpointEnded(Period period, CheckpointEnded report) {
    observer.on(
        report.failure().isEmpty()
            ? new Event.CheckpointWritten(period.committed(), report.folder())
            : new Event.Warning(
                "the checkpoint of step "
                    + period.committed()
                    + " could not be written: "
                    + report.failure()));
    return settled(period);
  }

  private Behavior<Command> settled(Period period) {
    settled = period.committed();
    if (settled >= run.timetable().lastStep()) {
      observer.finished();
      return Behaviors.stopped();
    }
    return goOn(period);
  }

  private Behavior<Command> fail(String reason) {
    observer.failed(reason);
    return Behaviors.stopped();
  }
}
