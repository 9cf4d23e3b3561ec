package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import io.larch.cluster.LayerOptimizer.Answer;
import io.larch.cluster.LayerOptimizer.Decision;
import io.larch.cluster.LayerOptimizer.Report;
import io.larch.cluster.LayerOptimizer.Verdict;
import io.larch.config.NonFinite;
import io.larch.coordinate.Assignment;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms.Squares;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A node's place in the reduction tree. The additions happen on the {@link ReductionLoop}'s thread;
 * this actor steers it: it carries norms to the LayerOptimizers, repeats what is not answered, and
 * carries their verdicts back.
 *
 * <pre>
 *   loop --Measured--> Aggregator --Report--> LayerOptimizer --Verdict--> Aggregator --apply--> loop --Staged--> Node
 * </pre>
 *
 * Where something is decided over all layers, that is asked first, in the same way.
 */
final class Aggregator extends AbstractBehavior<Aggregator.Command> {
  private static final Duration REPEAT_AFTER = Duration.ofMillis(500);

  sealed interface Command {}

  /** Take up a generation. */
  record Begin(Assignment assignment) implements Command {}

  /** Drop what is in flight, and tell the node when no device memory is touched any more. */
  record Freeze(GenerationId generation) implements Command {}

  private record Connected(GenerationId generation) implements Command {}

  private record Measured(
      GenerationId generation, long step, String layer, double factor, List<Squares> squares)
      implements Command {}

  private record Staged(GenerationId generation, long step, String layer) implements Command {}

  private record Broke(GenerationId generation, Throwable cause) implements Command {}

  private record Answered(Answer answer) implements Command {}

  private record Frozen(GenerationId generation) implements Command {}

  private enum Repeat implements Command {
    REPEAT
  }

  private final String runId;
  private final boolean skips;
  private final ReductionLoop loop;
  private final ActorRef<Node.Command> node;
  private final ClusterSharding sharding;
  private final ActorRef<Answer> answers;
  private final Map<String, Report> unanswered = new HashMap<>();

  /** Answered reports of squares: others may still need them, of an optimizer that began again. */
  private final Map<String, Report> given = new HashMap<>();

  /** Answers to what this node has not come to ask yet. */
  private final Map<String, Answer> early = new HashMap<>();

  /** What this node was answered about in this generation, and so need not ask about again. */
  private final Set<String> answered = new HashSet<>();

  private GenerationId generation = GenerationId.NONE;

  static Behavior<Command> create(
      String runId, RunContext run, ReductionLoop loop, ActorRef<Node.Command> node) {
    Behavior<Command> behavior =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers -> new Aggregator(context, timers, runId, run, loop, node)));
    return Behaviors.supervise(run.interception().around("aggregator", behavior))
        .onFailure(SupervisorStrategy.restart());
  }

  private Aggregator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String runId,
      RunContext run,
      ReductionLoop loop,
      ActorRef<Node.Command> node) {
    super(context);
    this.runId = runId;
    skips = run.settings().nonFinite() == NonFinite.SKIP;
    this.loop = loop;
    this.node = node;
    sharding = ClusterSharding.get(context.getSystem());
    answers = context.messageAdapter(Answer.class, Answered::new);
    timers.startTimerWithFixedDelay(Repeat.REPEAT, REPEAT_AFTER);
    node.tell(Node.AggregatorStarted.STARTED);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Begin.class, this::onBegin)
        .onMessage(Freeze.class, this::onFreeze)
        .onMessage(Frozen.class, this::onFrozen)
        .onMessage(Connected.class, this::onConnected)
        .onMessage(Measured.class, this::onMeasured)
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Staged.class, this::onStaged)
        .onMessage(Broke.class, this::onBroke)
        .onMessage(Repeat.class, repeat -> onRepeat())
        .build();
  }

  private Behavior<Command> onBegin(Begin begin) {
    generation = begin.assignment().generation();
    forget();
    loop.begin(begin.assignment(), reports(getContext().getSelf()));
    return this;
  }

  private static ReductionLoop.Reports reports(ActorRef<Command> self) {
    return new ReductionLoop.Reports() {
      @Override
      public void connected(GenerationId generation) {
        self.tell(new Connected(generation));
      }

      @Override
      public void measured(
          GenerationId generation, long step, String layer, double factor, List<Squares> squares) {
        self.tell(new Measured(generation, step, layer, factor, squares));
      }

      @Override
      public void staged(GenerationId generation, long step, String layer) {
        self.tell(new Staged(generation, step, layer));
      }

      @Override
      public void broke(GenerationId generation, Throwable cause) {
        self.tell(new Broke(generation, cause));
      }
    };
  }

  private Behavior<Command> onFreeze(Freeze freeze) {
    generation = GenerationId.NONE;
    forget();
    getContext()
        .pipeToSelf(
            loop.freeze().thenCompose(frozen -> loop.renewStreams()),
            (done, failure) ->
                failure == null
                    ? new Frozen(freeze.generation())
                    : new Broke(GenerationId.NONE, failure));
    return this;
  }

  private void forget() {
    unanswered.clear();
    given.clear();
    early.clear();
    answered.clear();
  }

  private Behavior<Command> onFrozen(Frozen frozen) {
    node.tell(new Node.AggregatorFrozen(frozen.generation()));
    return this;
  }

  private Behavior<Command> onConnected(Connected connected) {
    node.tell(new Node.StreamsConnected(connected.generation()));
    return this;
  }

  /**
   * Nobody needs what was reported of the step before, since all took part in this one. Who has
   * nothing to report is answered unasked, but for the first time in a generation.
   */
  private Behavior<Command> onMeasured(Measured measured) {
    if (measured.generation().equals(generation)) {
      Report report =
          new Report(generation, measured.step(), measured.factor(), measured.squares(), answers);
      given.remove(measured.layer());
      unanswered.put(measured.layer(), report);
      Answer told = early.remove(measured.layer());
      if (told != null && told.step() == measured.step()) {
        take(told, report);
      } else if (!measured.squares().isEmpty() || !answered.contains(measured.layer())) {
        ask(measured.layer(), report);
      }
    }
    return this;
  }

  private void ask(String layer, Report report) {
    sharding.entityRefFor(LayerOptimizer.KEY, LayerOptimizer.entity(runId, layer)).tell(report);
  }

  private Behavior<Command> onAnswered(Answered message) {
    Answer answer = message.answer();
    if (answer.generation().equals(generation)) {
      Report report = unanswered.get(answer.about());
      if (report != null && answer.step() == report.step()) {
        take(answer, report);
      } else {
        early.merge(
            answer.about(), answer, (one, other) -> one.step() > other.step() ? one : other);
      }
    }
    return this;
  }

  private void take(Answer answer, Report report) {
    unanswered.remove(answer.about());
    answered.add(answer.about());
    if (!report.squares().isEmpty()) {
      given.put(answer.about(), report);
    }
    if (answer instanceof Decision decision) {
      decided(decision);
    } else {
      judged((Verdict) answer);
    }
  }

  private void judged(Verdict verdict) {
    if (verdict.finite()) {
      node.tell(new Node.LayerJudged(verdict));
      loop.apply(generation, verdict.step(), verdict.layer(), verdict.ratios());
    } else {
      node.tell(new Node.NonFinite(generation, verdict.step(), verdict.layer(), false));
    }
  }

  private void decided(Decision decision) {
    if (decision.nonFinite().isEmpty()) {
      loop.decide(generation, decision.step(), decision.factor());
      return;
    }
    node.tell(new Node.NonFinite(generation, decision.step(), decision.nonFinite(), skips));
    if (skips) {
      loop.skip(generation, decision.step());
    }
  }

  private Behavior<Command> onStaged(Staged staged) {
    node.tell(new Node.LayerStaged(staged.generation(), staged.step(), staged.layer()));
    return this;
  }

  private Behavior<Command> onBroke(Broke broke) {
    node.tell(new Node.PartBroke(broke.generation(), "reduction", broke.cause()));
    return this;
  }

  private Behavior<Command> onRepeat() {
    given.forEach(this::ask);
    unanswered.forEach(this::ask);
    return this;
  }
}
