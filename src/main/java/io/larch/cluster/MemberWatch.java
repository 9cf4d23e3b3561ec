package io.larch.cluster;

import akka.actor.Actor;
import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.ClusterEvent.MemberRemoved;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.UniqueAddress;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Subscribe;
import akka.remote.artery.ThisActorSystemQuarantinedEvent;
import io.larch.cluster.DeathJudge.Trace;
import io.larch.cluster.DeathJudge.Verdict;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Watches the members of the cluster, one a node: holds lifelines to the next ones in the ring,
 * tells a {@link DeathJudge} what is seen and takes those out whom it finds dead.
 *
 * <pre>
 *   MemberWatch --Here(whereabouts)--> MemberWatch      to everybody as their list changes
 *   MemberWatch --Where--> MemberWatch                  is answered by Here or Removed
 *   Lifelines --Held, Closed, Failed--> MemberWatch --Down(dead)--> cluster
 * </pre>
 *
 * A node that the others have taken out while it slept is told so by whomever it asks, and takes
 * itself out.
 */
final class MemberWatch extends AbstractBehavior<MemberWatch.Command> {
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "larch-member-watch");

  private static final Duration TICK = Duration.ofMillis(500);

  sealed interface Command {}

  /** Where a node lives. */
  record Here(Whereabouts node) implements Command, Remote {}

  /** An operator says that the member of this address, or host:port, is dead. */
  record ConfirmDeath(String node, ActorRef<Boolean> replyTo) implements Command {}

  private record Gone(UniqueAddress member, boolean wasDue) implements Command {}

  private record Others(Set<ActorRef<Command>> watches) implements Command {}

  private record Held(Whereabouts of) implements Command {}

  private record Closed(Whereabouts of, Trace found) implements Command {}

  private record Failed(Whereabouts of, Trace found) implements Command {}

  /** A member asks where a node lives. */
  record Where(String from, ActorRef<Command> replyTo) implements Command, Remote {}

  /** Who asks is no member any longer. */
  record Removed(String member) implements Command, Remote {}

  private enum Quarantined implements Command {
    QUARANTINED
  }

  private enum Tick implements Command {
    TICK
  }

  private final Cluster cluster;
  private final Lifelines lifelines;
  private final Whereabouts own;
  private final DeathJudge judge;
  private final Consumer<Verdict> told;
  private final Map<String, Whereabouts> known = new HashMap<>();
  private final Map<String, Whereabouts> held = new TreeMap<>();
  private final Map<String, Member> members = new TreeMap<>();
  private final Set<String> taken = new HashSet<>();
  private final Set<String> former = new HashSet<>();
  private int ticks;

  /**
   * Watches with these lifelines, which it does not own.
   *
   * @param host by which the others reach this node
   * @param stableAfter how long silence must last unchanged before the majority goes on
   * @param told is given every verdict
   */
  static Behavior<Command> create(
      Lifelines lifelines, String host, Duration stableAfter, Consumer<Verdict> told) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new MemberWatch(context, timers, lifelines, host, stableAfter, told)));
  }

  private MemberWatch(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Lifelines lifelines,
      String host,
      Duration stableAfter,
      Consumer<Verdict> told) {
    super(context);
    context.setLoggerName(MemberWatch.class);
    this.lifelines = lifelines;
    this.told = told;
    cluster = Cluster.get(context.getSystem());
    String self = name(cluster.selfMember().uniqueAddress());
    own = new Whereabouts(self, host, lifelines.port(), ProcessMark.own());
    judge = new DeathJudge(self, stableAfter, System.nanoTime());
    lifelines.start(watcher(context.getSelf()));
    var receptionist = context.getSystem().receptionist();
    receptionist.tell(Receptionist.register(KEY, context.getSelf()));
    receptionist.tell(
        Receptionist.subscribe(
            KEY,
            context.messageAdapter(
                Receptionist.Listing.class, list -> new Others(list.getAllServiceInstances(KEY)))));
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(MemberRemoved.class, MemberWatch::gone),
                MemberRemoved.class));
    Adapter.toClassic(context.getSystem())
        .eventStream()
        .subscribe(
            Adapter.toClassic(
                context.messageAdapter(
                    ThisActorSystemQuarantinedEvent.class, event -> Quarantined.QUARANTINED)),
            ThisActorSystemQuarantinedEvent.class);
    timers.startTimerWithFixedDelay(Tick.TICK, TICK);
  }

  /**
   * Who had left or was taken out is gone from the cluster. A node whose own membership ends sees
   * everybody removed, which says nothing of the others.
   */
  private static Gone gone(MemberRemoved event) {
    MemberStatus before = event.previousStatus();
    boolean wasDue = before.equals(MemberStatus.exiting()) || before.equals(MemberStatus.down());
    return new Gone(event.member().uniqueAddress(), wasDue);
  }

  /** What the lifelines tell, in their own thread, comes back as messages. */
  private static Lifelines.Watcher watcher(ActorRef<Command> self) {
    return new Lifelines.Watcher() {
      @Override
      public void held(Whereabouts of) {
        self.tell(new Held(of));
      }

      @Override
      public void closed(Whereabouts of, Trace found) {
        self.tell(new Closed(of, found));
      }

      @Override
      public void failed(Whereabouts of, Trace found) {
        self.tell(new Failed(of, found));
      }
    };
  }

  /** An address and its incarnation. */
  private static String name(UniqueAddress node) {
    return node.address() + "#" + node.longUid();
  }

  /** The address alone. */
  static String address(String member) {
    return member.substring(0, member.indexOf('#'));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Gone.class, this::onGone)
        .onMessage(Others.class, this::onOthers)
        .onMessage(Here.class, this::onHere)
        .onMessage(Where.class, this::onWhere)
        .onMessage(Removed.class, this::onRemoved)
        .onMessage(Held.class, this::onHeld)
        .onMessage(Closed.class, this::onClosed)
        .onMessage(Failed.class, this::onFailed)
        .onMessage(ConfirmDeath.class, this::onConfirmDeath)
        .onMessage(Quarantined.class, quarantined -> endOwnMembership())
        .onMessage(Tick.class, tick -> onTick())
        .build();
  }

  /** It is told so when it asks, and another may start at its address. */
  private Behavior<Command> onGone(Gone gone) {
    ProvenFailureDetector.removed(gone.member().address());
    if (gone.wasDue()) {
      former.add(name(gone.member()));
    }
    return this;
  }

  private Behavior<Command> onWhere(Where question) {
    boolean gone = former.contains(question.from());
    question.replyTo().tell(gone ? new Removed(question.from()) : new Here(own));
    return this;
  }

  /** Of a node that is leaving it is no news. */
  private Behavior<Command> onRemoved(Removed answer) {
    boolean news = cluster.selfMember().status().equals(MemberStatus.up());
    return news && answer.member().equals(own.member()) ? endOwnMembership() : this;
  }

  /** Asks those whom it watches, and of the others one after the other, where they live. */
  private Behavior<Command> onTick() {
    List<String> all = List.copyOf(members.keySet());
    Set<String> asked = new HashSet<>(judge.watched());
    if (!all.isEmpty()) {
      asked.add(all.get(ticks++ % all.size()));
    }
    asked.retainAll(all);
    asked.remove(own.member());
    asked.forEach(this::ask);
    return look();
  }

  /**
   * Asks a member by the path of its watch, which is that of this one, as it may never have been
   * listed. If the cluster has gone on without this node, it says so.
   */
  private void ask(String member) {
    String path = address(member) + getContext().getSelf().path().toStringWithoutAddress();
    Adapter.toClassic(getContext().getSystem())
        .actorSelection(path)
        .tell(new Where(own.member(), getContext().getSelf()), Actor.noSender());
  }

  private Behavior<Command> onOthers(Others listed) {
    listed.watches().forEach(watch -> watch.tell(new Here(own)));
    return this;
  }

  private Behavior<Command> onHere(Here here) {
    known.put(here.node().member(), here.node());
    return look();
  }

  private Behavior<Command> onHeld(Held line) {
    judge.held(line.of().member());
    return this;
  }

  private Behavior<Command> onClosed(Closed line) {
    judge.closed(line.of().member());
    judge.found(line.of().member(), line.found());
    return look();
  }

  private Behavior<Command> onFailed(Failed line) {
    judge.found(line.of().member(), line.found());
    return look();
  }

  private Behavior<Command> onConfirmDeath(ConfirmDeath order) {
    boolean confirmed =
        members.keySet().stream()
            .filter(
                member ->
                    address(member).equals(order.node())
                        || address(member).endsWith("@" + order.node()))
            .anyMatch(judge::confirm);
    order.replyTo().tell(confirmed);
    return look();
  }

  private Behavior<Command> endOwnMembership() {
    getContext().getLog().warn("the cluster has gone on without this node");
    cluster.manager().tell(new Down(cluster.selfMember().address()));
    return this;
  }

  /** Tells the judge who is there, and does what it says. */
  private Behavior<Command> look() {
    CurrentClusterState state = cluster.state();
    members.clear();
    Set<String> voting = new HashSet<>();
    for (Member member : state.getMembers()) {
      String name = name(member.uniqueAddress());
      boolean votes = votes(member.status());
      if (votes || isComing(member.status())) {
        members.put(name, member);
      }
      if (votes) {
        voting.add(name);
      }
    }
    Set<String> silent = new HashSet<>();
    state.getUnreachable().forEach(member -> silent.add(name(member.uniqueAddress())));
    silent.retainAll(members.keySet());
    judge.members(members.keySet(), voting, silent, System.nanoTime());
    watch();
    Verdict verdict = judge.judge(System.nanoTime());
    verdict.dead().forEach(this::takeOut);
    told.accept(verdict);
    return this;
  }

  private static boolean votes(MemberStatus status) {
    return status.equals(MemberStatus.up()) || status.equals(MemberStatus.leaving());
  }

  private static boolean isComing(MemberStatus status) {
    return status.equals(MemberStatus.joining()) || status.equals(MemberStatus.weaklyUp());
  }

  private void watch() {
    Map<String, Whereabouts> wanted = new TreeMap<>();
    for (String member : judge.watched()) {
      if (known.containsKey(member)) {
        wanted.put(member, known.get(member));
      }
    }
    held.forEach(
        (member, where) -> {
          if (!wanted.containsKey(member)) {
            lifelines.letGo(where);
          }
        });
    wanted.values().forEach(lifelines::hold);
    held.clear();
    held.putAll(wanted);
  }

  private void takeOut(String member, String why) {
    Address address = members.get(member).address();
    if (taken.add(member)) {
      getContext().getLog().warn("{} is taken out of the cluster: {}", address(member), why);
      ProvenFailureDetector.ended(address);
    }
    cluster.manager().tell(new Down(address));
  }
}
