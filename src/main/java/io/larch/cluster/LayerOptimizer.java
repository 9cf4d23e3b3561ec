package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.sharding.external.ExternalShardAllocationStrategy;
import akka.cluster.sharding.typed.ClusterShardingSettings;
import akka.cluster.sharding.typed.ShardingEnvelope;
import akka.cluster.sharding.typed.ShardingMessageExtractor;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.Entity;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;
import akka.util.Timeout;
import io.larch.coordinate.NormDesk;
import io.larch.model.Layout.Place;
import io.larch.model.Tensor;
import io.larch.optim.TensorRule;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.LayerNorms.TensorNorms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The optimizer of one layer, a sharded entity. The roots of the layer's slices report to it their
 * partial squares of weights and of gradient or direction; the other nodes make themselves known
 * once in a generation. Once all squares are in, it computes each tensor's trust ratio and answers
 * every node, which then applies the update to its replica. It sees non-finite gradients first and
 * says so instead.
 *
 * <p>What is decided over the gradients of all layers, if the run has such a setting, is asked in
 * the same way of one further entity, {@link #GLOBAL}, before any layer's: see {@link
 * GlobalOptimizer}.
 *
 * <p>It ends when its run is over. It holds nothing but the reports of the last two steps. A node
 * repeats its report until it is answered, and one with squares until the next step, so an entity
 * that was restarted or moved, empty, comes to the same answer, whomever it had answered before.
 *
 * <pre>
 *   Aggregator --Report(g, s, squares)--> LayerOptimizer --Verdict(g, s, ratios)--> Aggregator
 * </pre>
 */
final class LayerOptimizer extends AbstractBehavior<LayerOptimizer.Command> {
  static final EntityTypeKey<Command> KEY = EntityTypeKey.create(Command.class, "layer-optimizer");

  /** In the place of a layer's name: what is decided over all layers. */
  static final String GLOBAL = "(global)";

  /** How long the coordinator waits for the places that were chosen. */
  private static final Duration PLACE_LIMIT = Duration.ofSeconds(5);

  /** After so long without a report it looks whether its run is over, and then ends. */
  private static final Duration IDLE_LIMIT = Duration.ofMinutes(1);

  sealed interface Command extends Remote {}

  /** Nobody has reported for a while. */
  enum Idle implements Command {
    IDLE
  }

  /**
   * Partial squares of slices rooted on one node, which asks for what follows from all of them.
   *
   * @param factor of the mean gradient, as it was decided over all layers, else 1
   */
  record Report(
      GenerationId generation,
      long step,
      double factor,
      List<Squares> squares,
      ActorRef<Answer> replyTo)
      implements Command {}

  /** What follows from all reports of a step. */
  sealed interface Answer extends Remote permits Verdict, Decision {
    GenerationId generation();

    long step();

    /** A layer's name or {@link #GLOBAL}. */
    String about();
  }

  /**
   * The decision on a layer's step.
   *
   * @param ratios trust ratio of each trained tensor, in order
   * @param norms of the same tensors
   * @param finite false when a norm is not finite: nothing may be applied
   */
  record Verdict(
      GenerationId generation,
      long step,
      String layer,
      List<Double> ratios,
      List<TensorNorms> norms,
      boolean finite)
      implements Answer {
    @Override
    public String about() {
      return layer;
    }
  }

  /**
   * The decision over all layers.
   *
   * @param factor of the mean gradient
   * @param nonFinite a layer whose gradient is not finite: no layer may be changed; else empty
   */
  record Decision(GenerationId generation, long step, double factor, String nonFinite)
      implements Answer {
    @Override
    public String about() {
      return GLOBAL;
    }
  }

  private final String layer;
  private final RunContext run;
  private final Map<String, Tensor> tensors;
  private final NormDesk<ActorRef<Answer>> desk;

  /** Name of the entity of a run's layer. */
  static String entity(String run, String layer) {
    return run + "/" + layer;
  }

  /** Makes the layers' optimizers available through sharding; they never passivate. */
  static void init(ActorSystem<?> system, CurrentRun current) {
    ClusterSharding.get(system)
        .init(
            Entity.of(KEY, entity -> find(entity.getEntityId(), current))
                .withMessageExtractor(new OneShardEach())
                .withAllocationStrategy(
                    new ExternalShardAllocationStrategy(
                        system, KEY.name(), Timeout.create(PLACE_LIMIT)))
                .withSettings(ClusterShardingSettings.create(system).withNoPassivationStrategy()));
  }

  /** Each layer is a shard of its own, so that it can be put where its first slice has its root. */
  private static final class OneShardEach
      extends ShardingMessageExtractor<ShardingEnvelope<Command>, Command> {
    @Override
    public String entityId(ShardingEnvelope<Command> envelope) {
      return envelope.entityId();
    }

    @Override
    public String shardId(String entityId) {
      return entityId;
    }

    @Override
    public Command unwrapMessage(ShardingEnvelope<Command> envelope) {
      return envelope.message();
    }
  }

  /** The optimizer behind an entity's name; of a run that is over there is none. */
  private static Behavior<Command> find(String entity, CurrentRun current) {
    int slash = entity.indexOf('/');
    String id = entity.substring(0, slash);
    return current
        .context(id)
        .map(
            run ->
                whileThere(
                    () -> current.context(id).isPresent(),
                    IDLE_LIMIT,
                    create(entity.substring(slash + 1), run)))
        .orElseGet(Behaviors::stopped);
  }

  static Behavior<Command> create(String layer, RunContext run) {
    Behavior<Command> behavior =
        layer.equals(GLOBAL)
            ? GlobalOptimizer.create(run)
            : Behaviors.setup(context -> new LayerOptimizer(context, layer, run));
    return Behaviors.supervise(run.interception().around("layer-" + layer, behavior))
        .onFailure(SupervisorStrategy.restart());
  }

  /** One whose run is over holds nothing any more, the run's data above all. */
  static Behavior<Command> whileThere(
      BooleanSupplier runIsThere, Duration idleLimit, Behavior<Command> optimizer) {
    return Behaviors.intercept(() -> new EndsWithItsRun(runIsThere, idleLimit), optimizer);
  }

  private static final class EndsWithItsRun extends BehaviorInterceptor<Command, Command> {
    private final BooleanSupplier runIsThere;
    private final Duration idleLimit;

    private EndsWithItsRun(BooleanSupplier runIsThere, Duration idleLimit) {
      super(Command.class);
      this.runIsThere = runIsThere;
      this.idleLimit = idleLimit;
    }

    @Override
    public Behavior<Command> aroundStart(
        TypedActorContext<Command> context, PreStartTarget<Command> target) {
      context.asJava().setReceiveTimeout(idleLimit, Idle.IDLE);
      return target.start(context);
    }

    @Override
    public Behavior<Command> aroundReceive(
        TypedActorContext<Command> context, Command message, ReceiveTarget<Command> target) {
      if (message != Idle.IDLE) {
        return target.apply(context, message);
      }
      return runIsThere.getAsBoolean() ? Behaviors.same() : Behaviors.stopped();
    }
  }

  private LayerOptimizer(ActorContext<Command> context, String layer, RunContext run) {
    super(context);
    this.layer = layer;
    this.run = run;
    tensors =
        run.layout().layer(layer).stream()
            .map(Place::tensor)
            .collect(Collectors.toMap(Tensor::name, Function.identity()));
    desk = new NormDesk<>(run.trainedSlices(layer));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Report.class, this::onReport).build();
  }

  private Behavior<Command> onReport(Report report) {
    desk.report(report.generation(), report.step(), report.squares(), report.replyTo())
        .ifPresent(
            complete -> {
              Verdict verdict = verdict(report, complete.norms());
              complete.askers().forEach(node -> node.tell(verdict));
            });
    return this;
  }

  private Verdict verdict(Report report, List<TensorNorms> summed) {
    double divisor = divisor(report);
    List<TensorNorms> norms = summed.stream().map(n -> n.divided(divisor)).toList();
    boolean finite = norms.stream().allMatch(TensorNorms::isFinite);
    List<Double> ratios = new ArrayList<>();
    for (TensorNorms n : norms) {
      ratios.add(finite ? ratio(n, report.step()) : 0.0);
    }
    return new Verdict(report.generation(), report.step(), layer, ratios, norms, finite);
  }

  /** A direction is formed of the mean, a gradient is summed. */
  private double divisor(Report report) {
    return run.optimizer().direction().isPresent()
        ? 1
        : run.divisor(report.step()) / report.factor();
  }

  private double ratio(TensorNorms n, long step) {
    TensorRule rule = run.optimizer().rule(tensors.get(n.tensor()));
    double rate = run.schedule().rate(step);
    return run.optimizer().trustRatio(rule, rate, n.weight(), n.direction());
  }
}
