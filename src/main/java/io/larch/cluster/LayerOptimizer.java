package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.sharding.typed.ClusterShardingSettings;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.Entity;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;
import io.larch.model.Layout.Place;
import io.larch.model.Tensor;
import io.larch.optim.TensorRule;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.LayerNorms.TensorNorms;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The optimizer of one layer, a sharded entity whose id is the layer's name. The roots of the
 * layer's slices report partial squares of weights and gradient; once all are in, it computes each
 * tensor's trust ratio and answers every root, which then applies the update. It sees non-finite
 * gradients first and says so instead.
 *
 * <p>It holds nothing but the reports of the step in flight: a root repeats its report until it is
 * answered, so an entity that was restarted, empty, comes to the same answer.
 *
 * <pre>
 *   Aggregator --Report(g, s, squares)--> LayerOptimizer --Verdict(g, s, ratios)--> Aggregator
 * </pre>
 */
final class LayerOptimizer extends AbstractBehavior<LayerOptimizer.Command> {
  static final EntityTypeKey<Command> KEY = EntityTypeKey.create(Command.class, "layer-optimizer");

  sealed interface Command extends Remote {}

  /** Partial squares of slices rooted on one node. */
  record Report(
      GenerationId generation, long step, List<Squares> squares, ActorRef<Verdict> replyTo)
      implements Command {}

  /**
   * The decision on a layer's step.
   *
   * @param ratios trust ratio of each trained tensor, in order
   * @param finite false when a norm is not finite: nothing may be applied
   */
  record Verdict(
      GenerationId generation, long step, String layer, List<Double> ratios, boolean finite)
      implements Remote {}

  private record StepId(GenerationId generation, long step) {}

  private final String layer;
  private final RunContext run;
  private final Map<String, Tensor> tensors;
  private StepId current = new StepId(GenerationId.NONE, 0);
  private final Set<ActorRef<Verdict>> roots = new HashSet<>();
  private LayerNorms norms;

  /** Makes the layers' optimizers available through sharding; they never passivate. */
  static void init(ClusterSharding sharding, RunContext run, ActorContext<?> context) {
    var region =
        sharding.init(
            Entity.of(KEY, entity -> create(entity.getEntityId(), run))
                .withSettings(
                    ClusterShardingSettings.create(context.getSystem())
                        .withNoPassivationStrategy()));
    context.getLog().debug("layer optimizers behind {}", region);
  }

  static Behavior<Command> create(String layer, RunContext run) {
    Behavior<Command> behavior =
        Behaviors.setup(context -> new LayerOptimizer(context, layer, run));
    return Behaviors.supervise(run.interception().around("layer-" + layer, behavior))
        .onFailure(SupervisorStrategy.restart());
  }

  private LayerOptimizer(ActorContext<Command> context, String layer, RunContext run) {
    super(context);
    this.layer = layer;
    this.run = run;
    tensors =
        run.layout().layer(layer).stream()
            .map(Place::tensor)
            .collect(Collectors.toMap(Tensor::name, Function.identity()));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Report.class, this::onReport).build();
  }

  private Behavior<Command> onReport(Report report) {
    StepId reported = new StepId(report.generation(), report.step());
    if (isStale(reported)) {
      return this;
    }
    if (!reported.equals(current)) {
      current = reported;
      roots.clear();
      norms = new LayerNorms(run.trainedSlices(layer), run.settings().globalBatch());
    }
    roots.add(report.replyTo());
    report.squares().forEach(norms::report);
    norms.all().map(this::verdict).ifPresent(verdict -> roots.forEach(root -> root.tell(verdict)));
    return this;
  }

  private boolean isStale(StepId reported) {
    int newer = reported.generation().compareTo(current.generation());
    return newer < 0 || (newer == 0 && reported.step() < current.step());
  }

  private Verdict verdict(List<TensorNorms> all) {
    boolean finite =
        all.stream().allMatch(n -> Double.isFinite(n.gradient()) && Double.isFinite(n.weight()));
    List<Double> ratios = new ArrayList<>();
    for (TensorNorms n : all) {
      ratios.add(finite ? ratio(n) : 0.0);
    }
    return new Verdict(current.generation(), current.step(), layer, ratios, finite);
  }

  private double ratio(TensorNorms n) {
    TensorRule rule = run.optimizer().rule(tensors.get(n.tensor()));
    double rate = run.schedule().rate(current.step());
    return run.optimizer().trustRatio(rule, rate, n.weight(), n.gradient());
  }
}
