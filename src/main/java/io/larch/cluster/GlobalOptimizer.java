package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.larch.cluster.LayerOptimizer.Answer;
import io.larch.cluster.LayerOptimizer.Command;
import io.larch.cluster.LayerOptimizer.Decision;
import io.larch.cluster.LayerOptimizer.Report;
import io.larch.coordinate.NormDesk;
import io.larch.coordinate.Ruling;
import io.larch.model.Layout.Place;
import io.larch.model.Tensor;
import io.larch.reduce.LayerNorms.TensorNorms;
import java.util.List;

/**
 * Decides what depends on the gradients of all layers: how far they are clipped, and whether a step
 * is applied at all. An entity like those of the layers, asked once a step by every node before it
 * asks them; in a run without such a setting it does not exist.
 *
 * <pre>
 *   Aggregator --Report(g, s, squares)--> GlobalOptimizer --Decision(g, s, factor)--> Aggregator
 * </pre>
 */
final class GlobalOptimizer extends AbstractBehavior<Command> {
  private final RunContext run;
  private final NormDesk<ActorRef<Answer>> desk;

  static Behavior<Command> create(RunContext run) {
    return Behaviors.setup(context -> new GlobalOptimizer(context, run));
  }

  private GlobalOptimizer(ActorContext<Command> context, RunContext run) {
    super(context);
    this.run = run;
    desk = new NormDesk<>(run.trainedSlices());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Report.class, this::onReport).build();
  }

  private Behavior<Command> onReport(Report report) {
    desk.report(report.generation(), report.step(), report.squares(), report.replyTo())
        .ifPresent(
            complete -> {
              Decision decision = decision(report, complete.norms());
              complete.askers().forEach(node -> node.tell(decision));
            });
    return this;
  }

  private Decision decision(Report report, List<TensorNorms> summed) {
    double divisor = run.divisor(report.step());
    Ruling ruling =
        Ruling.of(
            summed.stream().map(n -> n.divided(divisor)).toList(),
            run.settings().optimizer().clipNorm());
    return new Decision(
        report.generation(), report.step(), ruling.factor(), layerOf(ruling.nonFinite()));
  }

  private String layerOf(String tensor) {
    return run.layout().places().stream()
        .map(Place::tensor)
        .filter(each -> each.name().equals(tensor))
        .map(Tensor::layer)
        .findFirst()
        .orElse("");
  }
}
