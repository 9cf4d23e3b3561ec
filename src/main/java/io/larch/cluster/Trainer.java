package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import io.larch.cluster.RunManager.Member;
import io.larch.cluster.RunStatus.SlicePlace;
import io.larch.compute.Outcome;
import io.larch.coordinate.Assignment;
import io.larch.coordinate.Assignment.Share;
import io.larch.coordinate.Leader;
import io.larch.coordinate.StepReport;
import io.larch.observe.Event;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Lanes;
import io.larch.reduce.Placement;
import io.larch.reduce.Slice;
import io.larch.transport.DataAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Leads a run: carries what nodes say to a {@link Leader}, which decides, and its orders to the
 * nodes. It is not on the path of a step, and holds nothing that the nodes could not be asked
 * again: one that follows another, on whatever node, begins with a generation of its own.
 *
 * <pre>
 *   Trainer --Prepare--> Nodes --Prepared--> Trainer       all stop and say how far they are
 *   Trainer --Feed, TakeState--> Nodes --StateTaken-->     who is behind is given the state
 *   Trainer --Begin--> Nodes --Begun--> Trainer            lanes and peers are taken up
 *   Trainer --ExtendLease--> Nodes --Committed--> Trainer  steps; evaluation and checkpoints between them
 *   Disturbed, at any time                                 the next generation
 * </pre>
 */
final class Trainer extends AbstractBehavior<Trainer.Command> {
  private static final Duration TICK = Duration.ofMillis(250);

  sealed interface Command {}

  /**
   * A node has promised a generation, stopped, and last committed a step.
   *
   * @param address where its peers reach it from now on
   * @param hash of its weights after that step
   * @param damaged whether its committed state is not what it committed: it must be fed
   * @param settled the last step after which, as it knows, all that was due has been done
   * @param lanes of its devices in the generation before
   */
  record Prepared(
      GenerationId generation,
      ActorRef<Node.Command> node,
      DataAddress address,
      long committed,
      long hash,
      boolean damaged,
      long settled,
      List<Lanes> lanes)
      implements Command, Remote {}

  /** Some of the state that a node was told to take has come to it. */
  record StateComes(GenerationId generation, ActorRef<Node.Command> node)
      implements Command, Remote {}

  /** A node that was told to take the state of a step has committed it. */
  record StateTaken(GenerationId generation, ActorRef<Node.Command> node, long step)
      implements Command, Remote {}

  /** A node has taken up its lanes, and its streams to all peers stand. */
  record Begun(GenerationId generation, ActorRef<Node.Command> node) implements Command, Remote {}

  /** A node has promised a newer generation already. */
  record Outbid(GenerationId generation, long counter) implements Command, Remote {}

  /** A node has committed a step. */
  record Committed(GenerationId generation, ActorRef<Node.Command> node, StepReport report)
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
      long step,
      List<Outcome> batches,
      double dataWaitSeconds)
      implements Command, Remote {}

  /** A checkpoint is on disk, or failed with a text. */
  record CheckpointEnded(
      GenerationId generation,
      ActorRef<Node.Command> node,
      long step,
      String folder,
      String failure)
      implements Command, Remote {}

  /** A node found that a peer's replica holds other bits after a step. */
  record ReplicasDiffer(String peer, long step, List<Integer> slices) implements Command, Remote {}

  /** A node that means the same run wants to take part. */
  record Joins(Member member) implements Command {}

  /** A node is to leave. */
  record Leaves(String node) implements Command {}

  /** A node is dead, or out of the cluster. */
  record Lost(String node) implements Command {}

  enum KeepState implements Command {
    /** Write a checkpoint once the lease has run out. */
    KEEP
  }

  /** The layers' optimizers are where they are to be, or could not be moved. */
  private record Placed(GenerationId generation, Throwable failure) implements Command {}

  private enum Tick implements Command {
    TICK
  }

  /** What the Trainer tells, on its own thread. */
  interface Reports extends Leader.Reports {
    /** A generation begins with these shares. */
    void dealt(Assignment assignment, long lastStep, List<SlicePlace> slices);
  }

  private final RunContext run;
  private final LayerPlaces places;
  private final Reports reports;
  private final Map<String, ActorRef<Node.Command>> nodes = new HashMap<>();
  private final String home;
  private final Leader leader;

  /**
   * Leads a run on some nodes.
   *
   * @param home name of the node in this process
   * @param afterLease whether nodes that are at work go on to the end of their lease first
   */
  static Behavior<Command> create(
      RunContext run,
      List<Member> members,
      String home,
      boolean afterLease,
      LayerPlaces places,
      Reports reports) {
    Behavior<Command> behavior =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers -> {
                      timers.startTimerWithFixedDelay(Tick.TICK, TICK);
                      return new Trainer(context, run, members, home, afterLease, places, reports);
                    }));
    return run.interception().around("trainer", behavior);
  }

  private Trainer(
      ActorContext<Command> context,
      RunContext run,
      List<Member> members,
      String home,
      boolean afterLease,
      LayerPlaces places,
      Reports reports) {
    super(context);
    this.run = run;
    this.places = places;
    this.reports = reports;
    this.home = home;
    members.forEach(member -> nodes.put(member.name(), member.node()));
    leader =
        new Leader(
            run.plan(),
            members.stream().map(Member::party).toList(),
            home,
            ThreadLocalRandom.current().nextLong(),
            afterLease,
            System::nanoTime,
            new OrdersToNodes(),
            reports);
    leader.start();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Prepared.class, this::onPrepared)
        .onMessage(
            Outbid.class, outbid -> lead(l -> l.outbid(outbid.generation(), outbid.counter())))
        .onMessage(
            StateComes.class,
            report -> lead(l -> l.stateComes(report.generation(), name(report.node()))))
        .onMessage(
            StateTaken.class,
            taken -> lead(l -> l.stateTaken(taken.generation(), name(taken.node()), taken.step())))
        .onMessage(Begun.class, begun -> lead(l -> l.begun(begun.generation(), name(begun.node()))))
        .onMessage(Placed.class, this::onPlaced)
        .onMessage(
            Committed.class,
            done -> lead(l -> l.committed(done.generation(), name(done.node()), done.report())))
        .onMessage(Evaluated.class, this::onEvaluated)
        .onMessage(CheckpointEnded.class, this::onCheckpointEnded)
        .onMessage(Joins.class, this::onJoins)
        .onMessage(Leaves.class, leaves -> lead(l -> l.leaves(leaves.node())))
        .onMessage(Lost.class, this::onLost)
        .onMessage(KeepState.class, keep -> lead(Leader::keepState))
        .onMessage(
            Disturbed.class, report -> lead(l -> l.disturbed(report.generation(), report.reason())))
        .onMessage(
            Hopeless.class, report -> lead(l -> l.hopeless(report.generation(), report.reason())))
        .onMessage(Diverged.class, this::onDiverged)
        .onMessage(ReplicasDiffer.class, this::onReplicasDiffer)
        .onMessage(Tick.class, tick -> onTick())
        .build();
  }

  private Behavior<Command> onTick() {
    if (nodes.containsKey(home)) {
      nodes.get(home).tell(new Node.TrainerWaits(leader.waits()));
    }
    return lead(Leader::tick);
  }

  private Behavior<Command> lead(Consumer<Leader> news) {
    news.accept(leader);
    return leader.hasEnded() ? Behaviors.stopped() : this;
  }

  /** Of a node that is not among the members, nothing is awaited. */
  private String name(ActorRef<Node.Command> node) {
    return nodes.entrySet().stream()
        .filter(entry -> entry.getValue().equals(node))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("");
  }

  private Behavior<Command> onJoins(Joins joins) {
    nodes.put(joins.member().name(), joins.member().node());
    return lead(l -> l.joins(joins.member().party()));
  }

  private Behavior<Command> onLost(Lost lost) {
    nodes.remove(lost.node());
    return lead(l -> l.lost(lost.node()));
  }

  private Behavior<Command> onPrepared(Prepared answer) {
    String node = name(answer.node());
    return lead(
        l -> {
          l.reachedAt(answer.generation(), node, answer.address());
          l.prepared(
              answer.generation(),
              node,
              answer.committed(),
              answer.hash(),
              answer.damaged(),
              answer.settled(),
              answer.lanes());
        });
  }

  private Behavior<Command> onPlaced(Placed report) {
    return lead(
        l -> {
          if (report.failure() == null) {
            l.placed(report.generation());
          } else {
            l.notPlaced(
                report.generation(),
                "the layers' optimizers cannot be placed: " + report.failure());
          }
        });
  }

  private Behavior<Command> onEvaluated(Evaluated report) {
    return lead(
        l ->
            l.evaluated(
                report.generation(),
                name(report.node()),
                report.step(),
                report.batches(),
                report.dataWaitSeconds()));
  }

  private Behavior<Command> onCheckpointEnded(CheckpointEnded report) {
    return lead(
        l ->
            l.checkpointEnded(
                report.generation(),
                name(report.node()),
                report.step(),
                report.folder(),
                report.failure()));
  }

  private Behavior<Command> onDiverged(Diverged report) {
    return lead(
        l ->
            l.diverged(
                report.generation(),
                name(report.node()),
                report.step(),
                report.layer(),
                report.lanes()));
  }

  private Behavior<Command> onReplicasDiffer(ReplicasDiffer report) {
    reports.on(
        new Event.Warning(
            "the replica of %s differs after step %d in slices %s"
                .formatted(report.peer(), report.step(), report.slices())));
    return lead(l -> l.replicasDiffer(report.step()));
  }

  /** The leader's orders as messages to the nodes. */
  private final class OrdersToNodes implements Leader.Orders {
    private void tell(String node, Node.Command order) {
      nodes.get(node).tell(order);
    }

    @Override
    public void prepare(String node, GenerationId generation, boolean afterLease) {
      tell(node, new Node.Prepare(generation, afterLease, getContext().getSelf()));
    }

    @Override
    public void feed(String node, GenerationId generation, Share to, List<Integer> slices) {
      tell(node, new Node.Feed(generation, to, slices));
    }

    @Override
    public void takeState(String node, GenerationId generation, long step, List<Share> from) {
      tell(node, new Node.TakeState(generation, step, from));
    }

    @Override
    public void begin(String node, Assignment assignment, long step) {
      tell(node, new Node.Begin(assignment, step));
    }

    @Override
    public void place(Assignment assignment) {
      List<Slice> slices = run.replica().slices();
      List<String> names = assignment.shares().stream().map(Share::node).toList();
      Placement placement = new Placement(assignment.owners(), slices);
      reports.dealt(
          assignment,
          run.timetable().lastStep(),
          slices.stream().map(slice -> place(slice, names.get(placement.root(slice)))).toList());
      getContext()
          .pipeToSelf(
              places.place(slices, placement, names),
              (done, failure) -> new Placed(assignment.generation(), failure));
    }

    private SlicePlace place(Slice slice, String node) {
      return new SlicePlace(slice.id(), slice.layer(), (long) slice.count() * Float.BYTES, node);
    }

    @Override
    public void extendLease(String node, GenerationId generation, long lease) {
      tell(node, new Node.ExtendLease(generation, lease));
    }

    @Override
    public void evaluate(String node, GenerationId generation, long step, int from, int to) {
      tell(node, new Node.Evaluate(generation, step, from, to));
    }

    @Override
    public void writeCheckpoint(String node, GenerationId generation, long step) {
      tell(node, new Node.WriteCheckpoint(generation, step));
    }
  }
}
