package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import io.larch.cluster.LaneRunner.LaneOutcome;
import io.larch.compute.Outcome;
import io.larch.observe.Event;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.StepTally;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The cluster's singleton that leads a run: membership, generations, the lease of steps, evaluation
 * and checkpoints. It is not on the path of a step, and holds nothing that the nodes could not be
 * asked again: one that was restarted begins with a generation of its own.
 *
 * <pre>
 *   gathering --nodes listed--> preparing --all Prepared--> training --lease run out--> evaluating
 *                                  ^                           ^                           |
 *                                  |                           |                      checkpointing
 *                            Disturbed, in any state           +------ lease extended -----+--> finished
 * </pre>
 */
final class Trainer {
  private static final Duration REPEAT_AFTER = Duration.ofSeconds(2);
  private static final Duration GATHER_LIMIT = Duration.ofMinutes(2);
  private static final Duration PREPARE_LIMIT = Duration.ofMinutes(10);
  private static final int ATTEMPTS_WITHOUT_PROGRESS = 4;
  private static final long NOTHING = -1;

  sealed interface Command {}

  /** A node has promised a generation, stopped, and last committed a step. */
  record Prepared(GenerationId generation, ActorRef<Node.Command> node, int devices, long committed)
      implements Command, Remote {}

  /** A node has promised a newer generation already. */
  record Outbid(GenerationId generation, long counter) implements Command, Remote {}

  /** A node has committed a step. */
  record Committed(
      GenerationId generation,
      long step,
      ActorRef<Node.Command> node,
      List<LaneOutcome> lanes,
      double seconds,
      double dataWaitSeconds)
      implements Command, Remote {}

  /** A part of a node failed; the step in flight has to be done again. */
  record Disturbed(GenerationId generation, String reason) implements Command, Remote {}

  /** Samples that cannot be read, now or later; the reason names them. */
  record DataLost(GenerationId generation, String reason) implements Command, Remote {}

  /** A layer's gradient is not finite in these lanes. */
  record Diverged(GenerationId generation, long step, String layer, List<Integer> lanes)
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

  private record Listed(List<ActorRef<Node.Command>> nodes) implements Command {}

  private enum Repeat implements Command {
    REPEAT
  }

  private enum TooLate implements Command {
    TOO_LATE
  }

  /** What a preparation knows. */
  private record Attempt(
      GenerationId generation,
      String reason,
      List<ActorRef<Node.Command>> nodes,
      Map<ActorRef<Node.Command>, Prepared> answers,
      int fruitless) {}

  /** What a generation in progress knows; {@code tallies} are of steps not yet told. */
  private record Period(
      GenerationId generation,
      List<ActorRef<Node.Command>> nodes,
      long committed,
      int fruitless,
      Map<Long, StepTally> tallies) {
    Period after(long step) {
      return new Period(generation, nodes, step, 0, tallies);
    }
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final RunContext run;
  private final RunObserver observer;
  private final long incarnation = ThreadLocalRandom.current().nextLong();

  /** The last step after which all that was due has been done. */
  private long settled;

  static Behavior<Command> create(RunContext run, RunObserver observer) {
    Behavior<Command> behavior =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers -> new Trainer(context, timers, run, observer).gathering()));
    return Behaviors.supervise(run.interception().around("trainer", behavior))
        .onFailure(SupervisorStrategy.restart());
  }

  private Trainer(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      RunContext run,
      RunObserver observer) {
    this.context = context;
    this.timers = timers;
    this.run = run;
    this.observer = observer;
    long begun = run.replica().step();
    settled = begun < run.timetable().lastStep() ? begun : NOTHING;
  }

  // gathering

  private Behavior<Command> gathering() {
    context
        .getSystem()
        .receptionist()
        .tell(
            Receptionist.subscribe(
                Node.KEY,
                context.messageAdapter(
                    Receptionist.Listing.class,
                    listing -> new Listed(List.copyOf(listing.getServiceInstances(Node.KEY))))));
    timers.startSingleTimer(TooLate.TOO_LATE, GATHER_LIMIT);
    return Behaviors.receive(Command.class)
        .onMessage(Listed.class, listed -> !listed.nodes().isEmpty(), this::onFirstNodes)
        .onMessage(
            TooLate.class,
            late -> fail("no node became ready within " + GATHER_LIMIT.toSeconds() + " s"))
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> onFirstNodes(Listed listed) {
    GenerationId first = GenerationId.NONE.next(incarnation);
    return prepare(new Attempt(first, "the run begins", listed.nodes(), new HashMap<>(), 0));
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
    for (ActorRef<Node.Command> node : attempt.nodes()) {
      if (!attempt.answers().containsKey(node)) {
        node.tell(new Node.Prepare(attempt.generation(), context.getSelf()));
      }
    }
  }

  private static String missing(Attempt attempt) {
    List<ActorRef<Node.Command>> silent = new ArrayList<>(attempt.nodes());
    silent.removeAll(attempt.answers().keySet());
    return "generation "
        + attempt.generation().counter()
        + " could not be prepared within "
        + PREPARE_LIMIT.toSeconds()
        + " s; no answer from "
        + silent;
  }

  private Behavior<Command> onOutbid(Attempt attempt, Outbid outbid) {
    if (!outbid.generation().equals(attempt.generation())) {
      return Behaviors.same();
    }
    GenerationId higher = new GenerationId(outbid.counter() + 1, incarnation);
    return prepare(
        new Attempt(
            higher, attempt.reason(), attempt.nodes(), new HashMap<>(), attempt.fruitless()));
  }

  private Behavior<Command> onPrepared(Attempt attempt, Prepared answer) {
    if (answer.generation().equals(attempt.generation())) {
      attempt.answers().put(answer.node(), answer);
      if (attempt.answers().size() == attempt.nodes().size()) {
        return begin(attempt);
      }
    }
    return Behaviors.same();
  }

  private Behavior<Command> begin(Attempt attempt) {
    timers.cancel(Repeat.REPEAT);
    timers.cancel(TooLate.TOO_LATE);
    long committed =
        attempt.answers().values().stream().mapToLong(Prepared::committed).max().orElseThrow();
    observer.on(new Event.Generation(attempt.generation().counter(), committed, attempt.reason()));
    boolean unsettled = committed > settled && isDue(committed);
    long lease = unsettled ? committed : run.timetable().leaseAfter(committed);
    dealLanes(attempt, lease);
    Period period =
        new Period(
            attempt.generation(), attempt.nodes(), committed, attempt.fruitless(), new HashMap<>());
    return unsettled ? settle(period) : training(period);
  }

  private void dealLanes(Attempt attempt, long lease) {
    int devices = attempt.answers().values().stream().mapToInt(Prepared::devices).sum();
    List<LaneRange> ranges = LaneRange.deal(run.settings().lanes(), devices);
    int next = 0;
    for (ActorRef<Node.Command> node : attempt.nodes()) {
      int end = next + attempt.answers().get(node).devices();
      node.tell(
          new Node.Begin(attempt.generation(), List.copyOf(ranges.subList(next, end)), lease));
      next = end;
    }
  }

  // training

  private Behavior<Command> training(Period period) {
    return whileUndisturbed(period)
        .onMessage(
            Committed.class,
            committed -> committed.generation().equals(period.generation()),
            committed -> onCommitted(period, committed))
        .onMessage(
            Diverged.class,
            diverged -> diverged.generation().equals(period.generation()),
            this::onDiverged)
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> onCommitted(Period period, Committed report) {
    StepTally tally =
        period
            .tallies()
            .computeIfAbsent(report.step(), step -> new StepTally(run.settings().lanes()));
    report.lanes().forEach(lane -> tally.add(lane.lane(), lane.outcome()));
    if (tally.total().isEmpty()) {
      return Behaviors.same();
    }
    period.tallies().remove(report.step());
    observer.on(stepEvent(report, tally.total().get()));
    Period next = period.after(report.step());
    return isDue(report.step()) ? settle(next) : training(next);
  }

  private boolean isDue(long step) {
    var timetable = run.timetable();
    return step >= timetable.lastStep()
        || timetable.evaluateAfter(step)
        || timetable.checkpointAfter(step);
  }

  private Event.Step stepEvent(Committed report, Outcome total) {
    return new Event.Step(
        report.step(),
        run.timetable().epoch(report.step()),
        total.loss(),
        total.share(total.top1()),
        run.schedule().rate(report.step()),
        run.settings().globalBatch() / report.seconds(),
        report.seconds(),
        report.dataWaitSeconds());
  }

  private Behavior<Command> onDiverged(Diverged report) {
    observer.diverged(report.step(), report.layer(), report.lanes());
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
    return prepare(new Attempt(next, report.reason(), period.nodes(), new HashMap<>(), fruitless));
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
    List<LaneRange> shares = LaneRange.deal(run.testBatches(), period.nodes().size());
    for (int i = 0; i < shares.size(); i++) {
      period
          .nodes()
          .get(i)
          .tell(new Node.Evaluate(period.generation(), shares.get(i).from(), shares.get(i).to()));
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
        .onMessage(
            Disturbed.class,
            disturbed -> disturbed.generation().equals(period.generation()),
            disturbed -> onDisturbed(period, disturbed))
        .onMessage(
            DataLost.class,
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
    if (answers.size() < period.nodes().size()) {
      return Behaviors.same();
    }
    Outcome total = Outcome.NONE;
    double waited = 0;
    for (ActorRef<Node.Command> node : period.nodes()) {
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
    if (!run.timetable().checkpointAfter(period.committed())) {
      return settled(period);
    }
    period.nodes().get(0).tell(new Node.WriteCheckpoint(period.generation()));
    return whileUndisturbed(period)
        .onMessage(
            CheckpointEnded.class,
            report -> report.generation().equals(period.generation()),
            report -> onCheckpointEnded(period, report))
        .onAnyMessage(other -> Behaviors.same())
        .build();
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
    long lease = run.timetable().leaseAfter(settled);
    period.nodes().forEach(node -> node.tell(new Node.ExtendLease(period.generation(), lease)));
    return training(period);
  }

  private Behavior<Command> fail(String reason) {
    observer.failed(reason);
    return Behaviors.stopped();
  }
}
