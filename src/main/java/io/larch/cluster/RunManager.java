package io.larch.cluster;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.StashBuffer;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import akka.cluster.ClusterEvent;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import io.larch.cluster.RunEnd.Kind;
import io.larch.cluster.RunStatus.NodePart;
import io.larch.cluster.RunStatus.SlicePlace;
import io.larch.config.Determinism;
import io.larch.config.RunSettings;
import io.larch.coordinate.Assignment;
import io.larch.coordinate.Party;
import io.larch.observe.Event;
import io.larch.transport.DataAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The cluster's singleton that takes runs, one at a time: has every node make a run ready, checks
 * that all mean the same run, has a {@link Trainer} lead it, takes in nodes that come later and
 * lets go those that leave, and has it closed everywhere. One that begins on another node, because
 * the last one's is gone, or again, because it broke, asks all hosts what run they have and goes on
 * with it. If this node cannot take part in that run, it leaves the cluster, so that the next one
 * leads it.
 *
 * <pre>
 *   seeking --nobody has a run--> idle --Submit--> gathering --enough hosts--> opening --all alike--> training
 *      |                           ^                                                                  |   ^
 *      |                           +------ all Closed -- closing &lt;-------------- TrainerEnded --------+   |
 *      +--- somebody has one: adopted ------------------------------------------------------------------+
 * </pre>
 */
final class RunManager {
  private static final Duration SEEK_LIMIT = Duration.ofSeconds(10);
  private static final Duration GATHER_LIMIT = Duration.ofMinutes(2);
  private static final Duration OPEN_LIMIT = Duration.ofMinutes(30);
  private static final Duration CLOSE_LIMIT = Duration.ofMinutes(2);
  private static final int STASHED = 1000;
  private static final int TRAINERS_WITHOUT_PROGRESS = 4;

  sealed interface Command {}

  /**
   * What is to be trained.
   *
   * @param runFile its text
   * @param nodes how many nodes must be there before it begins
   */
  record Order(String run, String runFile, boolean resume, int nodes) {}

  /** Train a run. */
  record Submit(Order order, ActorRef<SubmitAnswer> replyTo) implements Command, Remote {}

  /** Write a checkpoint once the lease has run out. */
  record KeepState(ActorRef<SubmitAnswer> replyTo) implements Command, Remote {}

  /** End the run in progress at once; the step in flight is lost. */
  record Stop(ActorRef<SubmitAnswer> replyTo) implements Command, Remote {}

  /** Let a node go, whose name this is; answered once nothing needs it any more. */
  record Leave(String node, ActorRef<SubmitAnswer> replyTo) implements Command, Remote {}

  /** A node that takes part in a run. */
  record Member(
      ActorRef<Host.Command> host,
      ActorRef<Node.Command> node,
      String name,
      DataAddress address,
      int devices,
      long committed,
      Map<String, String> identity,
      long replicaHash,
      String proof,
      String machine)
      implements Remote {
    /** As it is known to who leads. */
    Party party() {
      return new Party(name, address, devices);
    }
  }

  /** A node has made the run ready. */
  record Opened(String run, Member member) implements Command, Remote {}

  /** A node cannot take part. */
  record NotOpened(String run, String node, String reason) implements Command, Remote {}

  /**
   * What a node has of a run.
   *
   * @param order null if it has none
   * @param member null while it is not ready, or no longer
   * @param ending how the run ends; null while it is not being closed
   */
  record Holding(
      ActorRef<Host.Command> host, Order order, Member member, RunStatus status, RunEnd ending)
      implements Command, Remote {
    static Holding nothing(ActorRef<Host.Command> host) {
      return new Holding(host, null, null, null, null);
    }
  }

  /** A node's actors ended though the run goes on. */
  record NodeEnded(String run, String node, String reason) implements Command, Remote {}

  /** A node has freed the run; what it held is null if it had nothing. */
  record Closed(String run, ActorRef<Host.Command> host, Closing.Weights weights)
      implements Command, Remote {}

  /** What the Trainer tells. */
  record Happened(Event event) implements Command {}

  /** What the Trainer has dealt for a generation. */
  record Dealt(Assignment assignment, long lastStep, List<SlicePlace> slices) implements Command {}

  record Released(String node) implements Command {}

  /** A newcomer cannot take part. */
  record Excluded(String node, String reason) implements Command {}

  record TrainerEnded(RunEnd end) implements Command {}

  private record TrainerStopped(ActorRef<Trainer.Command> trainer) implements Command {}

  /** How the run in progress goes. */
  record GetStatus(ActorRef<RunStatus> replyTo) implements Command, Remote {}

  private record Listed(Set<ActorRef<Host.Command>> all) implements Command {}

  /** The cluster has no member at this address any more. */
  private record Gone(Address address) implements Command {}

  private enum TooLate implements Command {
    TOO_LATE
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final CurrentRun current;
  private final String home;
  private RunStatus status = RunStatus.IDLE;
  private final Hosts hosts;
  private Order order;
  private RunContext run;

  /** Whether this node was no part of the run that its RunManager has adopted. */
  private boolean stranger;

  private final Map<String, Member> members = new TreeMap<>();

  /** Hosts that were told to open the run and are to be told of it. */
  private final Set<ActorRef<Host.Command>> invited = new TreeSet<>();

  /** Hosts that take no part, or no part any more, and how the run ended for them. */
  private final Map<ActorRef<Host.Command>, RunEnd> apart = new HashMap<>();

  private final Map<String, ActorRef<SubmitAnswer>> leavers = new TreeMap<>();
  private ActorRef<Trainer.Command> trainer;
  private int trainers;

  /**
   * @param home name of this node
   */
  static Behavior<Command> create(CurrentRun current, String home) {
    Behavior<Command> seeking =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        Behaviors.withStash(
                            STASHED,
                            stash -> new RunManager(context, timers, current, home).seek(stash))));
    return Behaviors.supervise(seeking).onFailure(SupervisorStrategy.restart());
  }

  private RunManager(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      CurrentRun current,
      String home) {
    this.context = context;
    this.timers = timers;
    this.current = current;
    this.home = home;
    hosts = new Hosts(context.getSystem().address());
    context
        .getSystem()
        .receptionist()
        .tell(
            Receptionist.subscribe(
                Host.KEY,
                context.messageAdapter(
                    Receptionist.Listing.class,
                    listing -> new Listed(listing.getAllServiceInstances(Host.KEY)))));
    subscribe(ClusterEvent.MemberDowned.class);
    subscribe(ClusterEvent.MemberRemoved.class);
  }

  private <E extends ClusterEvent.MemberEvent> void subscribe(Class<E> ofMembersThatGo) {
    ActorRef<E> adapter =
        context.messageAdapter(ofMembersThatGo, event -> new Gone(event.member().address()));
    Cluster.get(context.getSystem())
        .subscriptions()
        .tell(Subscribe.create(adapter, ofMembersThatGo));
  }

  // Hosts come and go

  /**
   * Keeps the hosts up to date in a state.
   *
   * @param then is given those that are gone, after each change
   */
  private BehaviorBuilder<Command> withHosts(
      Function<Set<ActorRef<Host.Command>>, Behavior<Command>> then) {
    return Behaviors.receive(Command.class)
        .onMessage(Listed.class, listed -> then.apply(lost(hosts.update(listed.all()))))
        .onMessage(Gone.class, gone -> then.apply(lost(hosts.remove(gone.address()))));
  }

  private Set<ActorRef<Host.Command>> lost(Set<ActorRef<Host.Command>> lost) {
    invited.removeAll(lost);
    apart.keySet().removeAll(lost);
    return lost;
  }

  // seeking

  private Behavior<Command> seek(StashBuffer<Command> stash) {
    timers.startSingleTimer(TooLate.TOO_LATE, SEEK_LIMIT);
    Map<ActorRef<Host.Command>, Holding> holdings = new HashMap<>();
    Set<ActorRef<Host.Command>> asked = new HashSet<>();
    return withHosts(
            lost -> {
              holdings.keySet().removeAll(lost);
              hosts.all().stream()
                  .filter(asked::add)
                  .forEach(host -> host.tell(new Host.Describe(context.getSelf())));
              return soughtOr(Behaviors.same(), holdings, stash);
            })
        .onMessage(
            Holding.class,
            holding -> {
              holdings.put(holding.host(), holding);
              return soughtOr(Behaviors.same(), holdings, stash);
            })
        .onMessage(TooLate.class, late -> sought(holdings, stash))
        .onAnyMessage(
            other -> {
              stash.stash(other);
              return Behaviors.same();
            })
        .build();
  }

  private Behavior<Command> soughtOr(
      Behavior<Command> waiting,
      Map<ActorRef<Host.Command>, Holding> holdings,
      StashBuffer<Command> stash) {
    boolean isComplete = hosts.areKnown() && holdings.keySet().containsAll(hosts.all());
    return isComplete ? sought(holdings, stash) : waiting;
  }

  private Behavior<Command> sought(
      Map<ActorRef<Host.Command>, Holding> holdings, StashBuffer<Command> stash) {
    timers.cancel(TooLate.TOO_LATE);
    List<Holding> ofRun =
        holdings.values().stream().filter(holding -> holding.order() != null).toList();
    return stash.unstashAll(ofRun.isEmpty() ? idle() : adopt(ofRun));
  }

  /** Goes on with the run that another RunManager has left. */
  private Behavior<Command> adopt(List<Holding> holdings) {
    Holding latest =
        holdings.stream()
            .max(Comparator.comparingLong(holding -> holding.status().generation()))
            .orElseThrow();
    order = latest.order();
    status = latest.status();
    for (Holding holding : holdings) {
      if (isCurrent(holding.order().run())) {
        invited.add(holding.host());
        if (holding.member() != null) {
          members.put(holding.member().name(), holding.member());
        }
      }
    }
    Optional<RunEnd> ending =
        holdings.stream().map(Holding::ending).filter(end -> end != null).findFirst();
    if (ending.isPresent()) {
      return end(ending.get());
    }
    stranger = !members.isEmpty() && !members.containsKey(home);
    hosts.named(home).ifPresent(this::invite);
    boolean hadBegun = !status.nodes().isEmpty();
    return hadBegun && current.context(order.run()).isPresent()
        ? train(allAreLeft())
        : trainIfReadyOr(opening());
  }

  /** Whether all that took part in the last generation still do. */
  private boolean allAreLeft() {
    return status.nodes().stream().map(NodePart::name).allMatch(members::containsKey);
  }

  // idle

  private Behavior<Command> idle() {
    order = null;
    run = null;
    stranger = false;
    members.clear();
    invited.clear();
    apart.clear();
    leavers.values().forEach(leaver -> leaver.tell(new SubmitAnswer(true, "")));
    leavers.clear();
    return withHosts(lost -> Behaviors.same())
        .onMessage(Submit.class, this::onSubmit)
        .onMessage(Stop.class, stop -> nothingToDo(stop.replyTo()))
        .onMessage(KeepState.class, keep -> nothingToDo(keep.replyTo()))
        .onMessage(Leave.class, this::onLeaveAtOnce)
        .onMessage(GetStatus.class, this::onGetStatus)
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> onSubmit(Submit submit) {
    order = submit.order();
    status = RunStatus.preparing(order.run());
    submit.replyTo().tell(new SubmitAnswer(true, order.run()));
    timers.startSingleTimer(TooLate.TOO_LATE, GATHER_LIMIT);
    return gatheredOr(
        busy(lost -> gatheredOr(Behaviors.same()))
            .onMessage(Stop.class, this::onStop)
            .onMessage(KeepState.class, keep -> nothingToDo(keep.replyTo()))
            .onMessage(Leave.class, this::onLeaveAtOnce)
            .onMessage(TooLate.class, late -> end(failed(tooFewNodes())))
            .onAnyMessage(other -> Behaviors.same())
            .build());
  }

  private Behavior<Command> nothingToDo(ActorRef<SubmitAnswer> asker) {
    asker.tell(new SubmitAnswer(false, null));
    return Behaviors.same();
  }

  private Behavior<Command> onLeaveAtOnce(Leave leave) {
    leave.replyTo().tell(new SubmitAnswer(true, ""));
    return Behaviors.same();
  }

  /** What is answered alike in all states in which there is a run. */
  private BehaviorBuilder<Command> busy(
      Function<Set<ActorRef<Host.Command>>, Behavior<Command>> whenHostsChange) {
    return withHosts(whenHostsChange)
        .onMessage(Submit.class, this::onSecondSubmit)
        .onMessage(GetStatus.class, this::onGetStatus);
  }

  private Behavior<Command> onSecondSubmit(Submit second) {
    second.replyTo().tell(new SubmitAnswer(false, order.run()));
    return Behaviors.same();
  }

  // gathering

  private Behavior<Command> gatheredOr(Behavior<Command> waiting) {
    return hosts.all().size() >= order.nodes() ? open() : waiting;
  }

  private String tooFewNodes() {
    return "%d of %d nodes are there after %d s: %s"
        .formatted(hosts.all().size(), order.nodes(), GATHER_LIMIT.toSeconds(), hosts.all());
  }

  // opening

  private Behavior<Command> open() {
    hosts.all().forEach(this::invite);
    return opening();
  }

  private void invite(ActorRef<Host.Command> host) {
    if (invited.add(host)) {
      boolean resume = order.resume() && status.nodes().isEmpty();
      host.tell(new Host.Open(order.run(), order.runFile(), resume, context.getSelf()));
    }
  }

  private Behavior<Command> opening() {
    timers.startSingleTimer(TooLate.TOO_LATE, OPEN_LIMIT);
    return busy(this::onLostWhileOpening)
        .onMessage(Opened.class, this::onOpened)
        .onMessage(NotOpened.class, this::onNotOpened)
        .onMessage(NodeEnded.class, this::onNodeEndedTooEarly)
        .onMessage(Stop.class, this::onStop)
        .onMessage(KeepState.class, keep -> nothingToDo(keep.replyTo()))
        .onMessage(Leave.class, this::onLeaveAtOnce)
        .onMessage(TooLate.class, late -> end(failed(notReady())))
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> onLostWhileOpening(Set<ActorRef<Host.Command>> lost) {
    members.values().removeIf(member -> lost.contains(member.host()));
    if (invited.isEmpty()) {
      return end(failed("all nodes are lost"));
    }
    hosts.named(home).ifPresent(this::invite);
    return trainIfReady();
  }

  private Behavior<Command> onOpened(Opened opened) {
    if (isCurrent(opened.run())) {
      members.put(opened.member().name(), opened.member());
    }
    return trainIfReady();
  }

  private Behavior<Command> trainIfReady() {
    return trainIfReadyOr(Behaviors.same());
  }

  private Behavior<Command> trainIfReadyOr(Behavior<Command> waiting) {
    boolean isReady = current.context(order.run()).isPresent() && members.containsKey(home);
    if (!isReady || members.size() < invited.size()) {
      return waiting;
    }
    run = current.context(order.run()).orElseThrow();
    Optional<String> mismatch = admission().refusal();
    if (mismatch.isEmpty()) {
      return train(false);
    }
    return stranger ? leaveToOthers(mismatch.get()) : end(refused(mismatch.get()));
  }

  private Behavior<Command> onNotOpened(NotOpened report) {
    if (!isCurrent(report.run())) {
      return Behaviors.same();
    }
    return stranger && report.node().equals(home)
        ? leaveToOthers(report.reason())
        : end(refused(about(report.node(), report.reason())));
  }

  /** The others have trained without this node, which is in their way as long as it leads. */
  private Behavior<Command> leaveToOthers(String reason) {
    context.getLog().warn("this node leaves, as it cannot lead the run: {}", reason);
    Cluster cluster = Cluster.get(context.getSystem());
    cluster.manager().tell(akka.cluster.typed.Leave.create(cluster.selfMember().address()));
    return Behaviors.same();
  }

  private Behavior<Command> onNodeEndedTooEarly(NodeEnded report) {
    return isCurrent(report.run()) ? end(failed(ended(report))) : Behaviors.same();
  }

  private static String ended(NodeEnded report) {
    return "the node %s ended: %s".formatted(report.node(), report.reason());
  }

  private String about(String node, String reason) {
    return invited.size() > 1 ? "Node " + node + " cannot take part: " + reason : reason;
  }

  private boolean isCurrent(String run) {
    return run.equals(order.run());
  }

  private String notReady() {
    List<String> missing =
        invited.stream()
            .filter(host -> members.values().stream().noneMatch(m -> m.host().equals(host)))
            .map(hosts::nameOf)
            .toList();
    return "after %d s the run is not ready on %s, %d of %d nodes"
        .formatted(
            OPEN_LIMIT.toSeconds(), String.join(", ", missing), missing.size(), invited.size());
  }

  private Admission admission() {
    RunSettings settings = run.settings();
    return new Admission(
        settings.lanes(),
        settings.determinism() == Determinism.RELAXED,
        List.copyOf(members.values()));
  }

  // training

  private Behavior<Command> train(boolean afterLease) {
    timers.cancel(TooLate.TOO_LATE);
    run = current.context(order.run()).orElseThrow();
    admission().whatIsLost().ifPresent(text -> happened(new Event.BitsDiffer(text)));
    startTrainer(afterLease);
    inviteNewcomers();
    return busy(this::onHostsWhileTraining)
        .onMessage(Opened.class, this::onOpenedWhileTraining)
        .onMessage(NotOpened.class, this::onNotOpenedWhileTraining)
        .onMessage(NodeEnded.class, this::onNodeEnded)
        .onMessage(Released.class, this::onReleased)
        .onMessage(Excluded.class, this::onExcluded)
        .onMessage(Closed.class, this::onClosedWhileTraining)
        .onMessage(Happened.class, this::onHappened)
        .onMessage(Dealt.class, this::onDealt)
        .onMessage(TrainerEnded.class, ended -> end(ended.end()))
        .onMessage(TrainerStopped.class, this::onTrainerStopped)
        .onMessage(KeepState.class, this::onKeepState)
        .onMessage(Leave.class, this::onLeave)
        .onMessage(Stop.class, this::onStop)
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private void startTrainer(boolean afterLease) {
    LayerPlaces places = new LayerPlaces(context.getSystem(), order.run());
    List<Member> all = List.copyOf(members.values());
    trainer =
        context.spawnAnonymous(
            Trainer.create(
                run, all, home, afterLease, places, new TrainerReports(context.getSelf())));
    context.watchWith(trainer, new TrainerStopped(trainer));
    leavers.keySet().forEach(node -> trainer.tell(new Trainer.Leaves(node)));
  }

  /** A Trainer that threw an exception is followed by another. */
  private Behavior<Command> onTrainerStopped(TrainerStopped stopped) {
    if (stopped.trainer().equals(trainer)) {
      trainers++;
      if (trainers >= TRAINERS_WITHOUT_PROGRESS) {
        return end(failed("who leads it failed " + trainers + " times; the log says how"));
      }
      startTrainer(/* afterLease= */ false);
    }
    return Behaviors.same();
  }

  private static RunEnd failed(String reason) {
    return RunEnd.because(Kind.FAILED, reason);
  }

  private static RunEnd refused(String paragraph) {
    return RunEnd.because(Kind.REFUSED, paragraph);
  }

  private Behavior<Command> onHappened(Happened happened) {
    if (happened.event() instanceof Event.Step) {
      trainers = 0;
    }
    happened(happened.event());
    return Behaviors.same();
  }

  private void happened(Event event) {
    status = status.after(event);
    invited.forEach(host -> host.tell(new Host.Told(order.run(), event)));
  }

  private Behavior<Command> onDealt(Dealt dealt) {
    status = status.dealt(dealt.assignment(), dealt.lastStep(), dealt.slices());
    invited.forEach(host -> host.tell(new Host.Remember(order.run(), status)));
    return Behaviors.same();
  }

  private Behavior<Command> onGetStatus(GetStatus get) {
    get.replyTo().tell(status);
    return Behaviors.same();
  }

  private Behavior<Command> onKeepState(KeepState keep) {
    trainer.tell(Trainer.KeepState.KEEP);
    keep.replyTo().tell(new SubmitAnswer(true, order.run()));
    return Behaviors.same();
  }

  // training: nodes come, leave and are lost

  private Behavior<Command> onHostsWhileTraining(Set<ActorRef<Host.Command>> lost) {
    List<String> names =
        members.values().stream()
            .filter(member -> lost.contains(member.host()))
            .map(Member::name)
            .toList();
    names.forEach(this::lose);
    inviteNewcomers();
    return Behaviors.same();
  }

  private void lose(String node) {
    members.remove(node);
    leavers.remove(node);
    trainer.tell(new Trainer.Lost(node));
  }

  private void inviteNewcomers() {
    hosts.all().stream().filter(host -> !apart.containsKey(host)).forEach(this::invite);
  }

  private Behavior<Command> onOpenedWhileTraining(Opened opened) {
    Member member = opened.member();
    if (isCurrent(opened.run()) && !members.isEmpty() && !members.containsKey(member.name())) {
      Admission admission = admission();
      Optional<String> reason = admission.refusal(member);
      if (reason.isPresent()) {
        refuse(member.host(), member.name(), reason.get());
      } else {
        admission.whatIsLost(member).ifPresent(text -> happened(new Event.BitsDiffer(text)));
        members.put(member.name(), member);
        trainer.tell(new Trainer.Joins(member));
      }
    }
    return Behaviors.same();
  }

  private void refuse(ActorRef<Host.Command> host, String node, String reason) {
    happened(new Event.Warning("node " + node + " takes no part: " + reason));
    sendAway(host, refused(about(node, reason)));
  }

  private void sendAway(ActorRef<Host.Command> host, RunEnd ending) {
    apart.put(host, ending);
    host.tell(new Host.Close(order.run(), ending, context.getSelf()));
  }

  private Behavior<Command> onClosedWhileTraining(Closed closed) {
    RunEnd ending = apart.get(closed.host());
    if (isCurrent(closed.run()) && ending != null && invited.remove(closed.host())) {
      closed.host().tell(new Host.Ended(order.run(), ending));
      ActorRef<SubmitAnswer> leaver = leavers.remove(hosts.nameOf(closed.host()));
      if (leaver != null) {
        leaver.tell(new SubmitAnswer(true, order.run()));
      }
    }
    return Behaviors.same();
  }

  private Behavior<Command> onNotOpenedWhileTraining(NotOpened report) {
    if (isCurrent(report.run())) {
      hosts.named(report.node()).ifPresent(host -> refuse(host, report.node(), report.reason()));
    }
    return Behaviors.same();
  }

  private Behavior<Command> onNodeEnded(NodeEnded report) {
    Member member = members.get(report.node());
    if (!isCurrent(report.run()) || member == null) {
      return Behaviors.same();
    }
    if (members.size() == 1) {
      return end(failed(ended(report)));
    }
    happened(new Event.Warning(ended(report)));
    lose(report.node());
    sendAway(member.host(), failed(ended(report)));
    return Behaviors.same();
  }

  private Behavior<Command> onLeave(Leave leave) {
    if (!members.containsKey(leave.node()) || members.size() == 1) {
      return onLeaveAtOnce(leave);
    }
    leavers.put(leave.node(), leave.replyTo());
    trainer.tell(new Trainer.Leaves(leave.node()));
    return Behaviors.same();
  }

  private Behavior<Command> onReleased(Released released) {
    Member member = members.remove(released.node());
    if (member != null) {
      sendAway(member.host(), RunEnd.because(Kind.STOPPED, "The node has left the run."));
    }
    return Behaviors.same();
  }

  private Behavior<Command> onExcluded(Excluded excluded) {
    Member member = members.remove(excluded.node());
    if (member != null) {
      refuse(member.host(), member.name(), excluded.reason());
    }
    return Behaviors.same();
  }

  private Behavior<Command> onStop(Stop stop) {
    stop.replyTo().tell(new SubmitAnswer(true, order.run()));
    return end(RunEnd.because(Kind.STOPPED, ""));
  }

  // closing

  private Behavior<Command> end(RunEnd ending) {
    context.getChildren().forEach(context::stop);
    Closing closing = new Closing(ending, invited);
    closing
        .open()
        .forEach(host -> host.tell(new Host.Close(order.run(), ending, context.getSelf())));
    timers.startSingleTimer(TooLate.TOO_LATE, CLOSE_LIMIT);
    return closedOr(
        closing,
        busy(lost -> {
              closing.lost(lost);
              return closedOr(closing, Behaviors.same());
            })
            .onMessage(Closed.class, closed -> onClosed(closing, closed))
            .onMessage(Stop.class, this::onStopWhileClosing)
            .onMessage(KeepState.class, keep -> nothingToDo(keep.replyTo()))
            .onMessage(Leave.class, this::onLeaveWhileClosing)
            .onMessage(TooLate.class, late -> settle(closing))
            .onAnyMessage(other -> Behaviors.same())
            .build());
  }

  private Behavior<Command> onStopWhileClosing(Stop stop) {
    stop.replyTo().tell(new SubmitAnswer(true, order.run()));
    return Behaviors.same();
  }

  private Behavior<Command> onLeaveWhileClosing(Leave leave) {
    leavers.put(leave.node(), leave.replyTo());
    return Behaviors.same();
  }

  private Behavior<Command> onClosed(Closing closing, Closed closed) {
    if (isCurrent(closed.run())) {
      closing.closed(closed.host(), hosts.nameOf(closed.host()), closed.weights());
    }
    return closedOr(closing, Behaviors.same());
  }

  private Behavior<Command> closedOr(Closing closing, Behavior<Command> waiting) {
    return closing.open().isEmpty() ? settle(closing) : waiting;
  }

  private Behavior<Command> settle(Closing closing) {
    timers.cancel(TooLate.TOO_LATE);
    RunEnd end = closing.end();
    status = status.after(end);
    Set<ActorRef<Host.Command>> concerned = invited.isEmpty() ? hosts.all() : invited;
    concerned.forEach(host -> host.tell(new Host.Ended(order.run(), end)));
    return idle();
  }
}
