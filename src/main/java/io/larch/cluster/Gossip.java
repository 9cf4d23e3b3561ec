package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import io.larch.reduce.Replica;
import io.larch.reduce.Replica.Hashes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * One per node: every second it tells a random peer the hashes of its committed slices. A peer at
 * the same step compares them with its own, and both name the slices that differ. The fast path of
 * the weights is the tree; gossip verifies it. Alone in its cluster a node has nobody to compare
 * with.
 *
 * <pre>
 *   Gossip --Compare(step, hashes)--> Gossip of a peer --Differs(step, slices)--> Gossip
 * </pre>
 */
final class Gossip extends AbstractBehavior<Gossip.Command> {
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "larch-gossip");

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  sealed interface Command {}

  /** The hashes of a node's slices after a step, in order of slices. */
  record Compare(String node, long step, List<Long> hashes, ActorRef<Command> replyTo)
      implements Command, Remote {}

  /** A peer holds other bits in these slices after a step. */
  record Differs(String node, long step, List<Integer> slices) implements Command, Remote {}

  private record Peers(List<ActorRef<Command>> gossips) implements Command {}

  private enum Tick implements Command {
    TICK
  }

  private final String name;
  private final Replica replica;
  private final ActorRef<Node.Command> node;
  private final Random random;
  private List<ActorRef<Command>> peers = List.of();

  static Behavior<Command> create(
      RunContext run, String name, ActorRef<Node.Command> node, Random random) {
    Behavior<Command> behavior =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers -> new Gossip(context, timers, name, run.replica(), node, random)));
    return Behaviors.supervise(run.interception().around("gossip", behavior))
        .onFailure(SupervisorStrategy.restart());
  }

  Gossip(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String name,
      Replica replica,
      ActorRef<Node.Command> node,
      Random random) {
    super(context);
    this.name = name;
    this.replica = replica;
    this.node = node;
    this.random = random;
    var receptionist = context.getSystem().receptionist();
    receptionist.tell(Receptionist.register(KEY, context.getSelf()));
    receptionist.tell(
        Receptionist.subscribe(
            KEY, context.messageAdapter(Receptionist.Listing.class, this::othersThanMe)));
    timers.startTimerWithFixedDelay(Tick.TICK, INTERVAL);
  }

  private Peers othersThanMe(Receptionist.Listing listing) {
    List<ActorRef<Command>> others = new ArrayList<>(listing.getServiceInstances(KEY));
    others.remove(getContext().getSelf());
    return new Peers(List.copyOf(others));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Peers.class, this::onPeers)
        .onMessage(Tick.class, tick -> onTick())
        .onMessage(Compare.class, this::onCompare)
        .onMessage(Differs.class, this::onDiffers)
        .build();
  }

  private Behavior<Command> onPeers(Peers listed) {
    peers = listed.gossips();
    return this;
  }

  private Behavior<Command> onTick() {
    if (!peers.isEmpty()) {
      Hashes own = replica.hashes();
      peers
          .get(random.nextInt(peers.size()))
          .tell(new Compare(name, own.step(), own.slices(), getContext().getSelf()));
    }
    return this;
  }

  private Behavior<Command> onCompare(Compare theirs) {
    Hashes own = replica.hashes();
    if (own.step() == theirs.step()) {
      List<Integer> different =
          IntStream.range(0, own.slices().size())
              .filter(slice -> !own.slices().get(slice).equals(theirs.hashes().get(slice)))
              .boxed()
              .toList();
      if (!different.isEmpty()) {
        node.tell(new Node.ReplicaDiffers(theirs.node(), own.step(), different));
        theirs.replyTo().tell(new Differs(name, own.step(), different));
      }
    }
    return this;
  }

  private Behavior<Command> onDiffers(Differs report) {
    node.tell(new Node.ReplicaDiffers(report.node(), report.step(), report.slices()));
    return this;
  }
}
