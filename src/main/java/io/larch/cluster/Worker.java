package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.larch.coordinate.EvaluationOutcome;
import io.larch.coordinate.StepOutcome;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Lanes;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Bound to one device: has the {@link LaneRunner} compute, on the device's own thread, what the
 * node orders, and reports how it ended. It holds no state of its own, so a restarted Worker takes
 * the next order as if nothing had been; the node answers its start with a new generation.
 */
final class Worker extends AbstractBehavior<Worker.Command> {
  sealed interface Command {}

  /** Take over lanes for a generation that goes on with {@code firstStep}. */
  record Assign(GenerationId generation, Lanes lanes, long firstStep) implements Command {}

  /** Run the assigned lanes of a step. */
  record RunStep(GenerationId generation, long step) implements Command {}

  /** End work in flight and say when the device is idle. */
  record Halt(GenerationId generation) implements Command {}

  /** Evaluate batches [from, to) of the test set. */
  record Evaluate(GenerationId generation, int from, int to) implements Command {}

  /** Find the lanes in which a layer's gradient is not finite. */
  record FindNonFinite(GenerationId generation, long step, String layer) implements Command {}

  private record Tell(Node.Command report) implements Command {}

  private final int index;
  private final LaneRunner runner;
  private final ActorRef<Node.Command> node;

  static Behavior<Command> create(
      RunContext run, int index, LaneRunner runner, ActorRef<Node.Command> node) {
    Behavior<Command> behavior =
        Behaviors.setup(context -> new Worker(context, index, runner, node));
    return Behaviors.supervise(run.interception().around("worker-" + index, behavior))
        .onFailure(SupervisorStrategy.restart());
  }

  private Worker(
      ActorContext<Command> context, int index, LaneRunner runner, ActorRef<Node.Command> node) {
    super(context);
    this.index = index;
    this.runner = runner;
    this.node = node;
    report(GenerationId.NONE, runner.open(), done -> new Node.WorkerStarted(index));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Assign.class, this::onAssign)
        .onMessage(RunStep.class, this::onRunStep)
        .onMessage(Halt.class, this::onHalt)
        .onMessage(Evaluate.class, this::onEvaluate)
        .onMessage(FindNonFinite.class, this::onFindNonFinite)
        .onMessage(Tell.class, this::onTell)
        .build();
  }

  private Behavior<Command> onAssign(Assign assign) {
    report(
        assign.generation(),
        runner.assign(assign.generation(), assign.lanes(), assign.firstStep()),
        done -> new Node.WorkerAssigned(assign.generation(), index));
    return this;
  }

  private Behavior<Command> onRunStep(RunStep order) {
    report(
        order.generation(),
        runner.run(order.generation(), order.step()),
        (StepOutcome outcome) ->
            new Node.WorkerFinished(order.generation(), order.step(), index, outcome));
    return this;
  }

  private Behavior<Command> onHalt(Halt halt) {
    report(
        halt.generation(), runner.halt(), done -> new Node.WorkerHalted(halt.generation(), index));
    return this;
  }

  private Behavior<Command> onEvaluate(Evaluate order) {
    report(
        order.generation(),
        runner.evaluate(order.generation(), order.from(), order.to()),
        (EvaluationOutcome outcome) ->
            new Node.WorkerEvaluated(order.generation(), index, outcome));
    return this;
  }

  private Behavior<Command> onFindNonFinite(FindNonFinite order) {
    report(
        order.generation(),
        runner.nonFiniteLanes(order.generation(), order.step(), order.layer()),
        (List<Integer> lanes) ->
            new Node.NonFiniteLanes(order.generation(), order.step(), order.layer(), index, lanes));
    return this;
  }

  private <T> void report(
      GenerationId generation, CompletionStage<T> work, Function<T, Node.Command> success) {
    getContext()
        .pipeToSelf(
            work,
            (result, failure) ->
                new Tell(failure == null ? success.apply(result) : broke(generation, failure)));
  }

  private Node.Command broke(GenerationId generation, Throwable failure) {
    boolean wrapped = failure instanceof CompletionException && failure.getCause() != null;
    return new Node.PartBroke(
        generation, "worker " + index, wrapped ? failure.getCause() : failure);
  }

  private Behavior<Command> onTell(Tell tell) {
    node.tell(tell.report());
    return this;
  }
}
