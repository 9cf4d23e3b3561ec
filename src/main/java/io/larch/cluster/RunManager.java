package io.larch.cluster;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import io.larch.cluster.RunEnd.Kind;
import io.larch.cluster.RunStatus.SlicePlace;
import io.larch.config.Determinism;
import io.larch.coordinate.Assignment;
import io.larch.coordinate.Party;
import io.larch.observe.Event;
import io.larch.transport.DataAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;

/**
 * The cluster's singleton that takes runs, one at a time: has every node make a run ready, checks
 * that all mean the same run, has a {@link Trainer} lead it, and has it closed everywhere.
 *
 * <pre>
 *   idle --Submit--> gathering --enough hosts--> opening --all Opened, all alike--> training
 *    ^                                              |                                  |
 *    +-------------------- all Closed -- closing <--+---------- TrainerEnded ----------+
 * </pre>
 */
final class RunManager {
  private static final Duration GATHER_LIMIT = Duration.ofMinutes(2);
  private static final Duration OPEN_LIMIT = Duration.ofMinutes(10);
  private static final Duration CLOSE_LIMIT = Duration.ofMinutes(2);

  sealed interface Command {}

  /**
   * Train a run.
   *
   * @param runFile its text
   * @param nodes how many nodes must be there before it begins
   */
  record Submit(
      String run, String runFile, boolean resume, int nodes, ActorRef<SubmitAnswer> replyTo)
      implements Command, Remote {}

  /** Write a checkpoint after the step in flight. */
  record KeepState(ActorRef<SubmitAnswer> replyTo) implements Command, Remote {}

  /** End the run in progress after the step in flight. */
  record Stop(ActorRef<SubmitAnswer> replyTo) implements Command, Remote {}

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

  /** A node's actors ended though the run goes on. */
  record NodeEnded(String run, String node, String reason) implements Command, Remote {}

  /** A node has freed the run; the digest is that of its weights, null if it had none. */
  record Closed(String run, ActorRef<Host.Command> host, String weightsSha256)
      implements Command, Remote {}

  /** What the Trainer tells. */
  private record Happened(Event event) implements Command {}

  /** What the Trainer has dealt for a generation. */
  private record Dealt(Assignment assignment, long lastStep, List<SlicePlace> slices)
      implements Command {}

  private record TrainerEnded(RunEnd end) implements Command {}

  /** How the run in progress goes. */
  record GetStatus(ActorRef<RunStatus> replyTo) implements Command, Remote {}

  private record Hosts(List<ActorRef<Host.Command>> all) implements Command {}

  private enum TooLate implements Command {
    TOO_LATE
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final CurrentRun current;
  private final String home;
  private RunStatus status = RunStatus.IDLE;
  private List<ActorRef<Host.Command>> hosts = List.of();
  private Submit order;
  private final Map<String, Member> members = new TreeMap<>();
  private List<ActorRef<Host.Command>> invited = List.of();

  static Behavior<Command> create(CurrentRun current, String home) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new RunManager(context, timers, current, home).idle()));
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
    context
        .getSystem()
        .receptionist()
        .tell(
            Receptionist.subscribe(
                Host.KEY,
                context.messageAdapter(
                    Receptionist.Listing.class,
                    listing -> new Hosts(List.copyOf(listing.getServiceInstances(Host.KEY))))));
  }

  // idle

  private Behavior<Command> idle() {
    order = null;
    members.clear();
    return Behaviors.receive(Command.class)
        .onMessage(Hosts.class, this::onHosts)
        .onMessage(Submit.class, this::onSubmit)
        .onMessage(Stop.class, stop -> nothingToDo(stop.replyTo()))
        .onMessage(KeepState.class, keep -> nothingToDo(keep.replyTo()))
        .onMessage(GetStatus.class, this::onGetStatus)
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> onHosts(Hosts listed) {
    hosts = listed.all();
    return Behaviors.same();
  }

  private Behavior<Command> onSubmit(Submit submit) {
    order = submit;
    status = RunStatus.preparing(submit.run());
    submit.replyTo().tell(new SubmitAnswer(true, submit.run()));
    timers.startSingleTimer(TooLate.TOO_LATE, GATHER_LIMIT);
    return gatheredOr(
        busy()
            .onMessage(Hosts.class, this::onHostsWhileGathering)
            .onMessage(TooLate.class, late -> end(failed(tooFewNodes())))
            .onAnyMessage(other -> Behaviors.same())
            .build());
  }

  private Behavior<Command> nothingToDo(ActorRef<SubmitAnswer> asker) {
    asker.tell(new SubmitAnswer(false, null));
    return Behaviors.same();
  }

  /** What is answered alike in all states in which there is a run. */
  private BehaviorBuilder<Command> busy() {
    return Behaviors.receive(Command.class)
        .onMessage(Submit.class, this::onSecondSubmit)
        .onMessage(GetStatus.class, this::onGetStatus);
  }

  private Behavior<Command> onSecondSubmit(Submit second) {
    second.replyTo().tell(new SubmitAnswer(false, order.run()));
    return Behaviors.same();
  }

  // gathering

  private Behavior<Command> onHostsWhileGathering(Hosts listed) {
    hosts = listed.all();
    return gatheredOr(Behaviors.same());
  }

  private Behavior<Command> gatheredOr(Behavior<Command> waiting) {
    return hosts.size() >= order.nodes() ? open() : waiting;
  }

  private String tooFewNodes() {
    return "%d of %d nodes are there after %d s: %s"
        .formatted(hosts.size(), order.nodes(), GATHER_LIMIT.toSeconds(), hosts);
  }

  // opening

  private Behavior<Command> open() {
    invited = List.copyOf(hosts);
    boolean prove = invited.size() > 1;
    for (ActorRef<Host.Command> host : invited) {
      host.tell(
          new Host.Open(order.run(), order.runFile(), order.resume(), prove, context.getSelf()));
    }
    timers.startSingleTimer(TooLate.TOO_LATE, OPEN_LIMIT);
    return busy()
        .onMessage(Hosts.class, this::onHosts)
        .onMessage(Opened.class, this::onOpened)
        .onMessage(NotOpened.class, this::onNotOpened)
        .onMessage(NodeEnded.class, this::onNodeEnded)
        .onMessage(Stop.class, this::onStop)
        .onMessage(TooLate.class, late -> end(failed(notReady())))
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> onOpened(Opened opened) {
    if (!opened.run().equals(order.run())) {
      return Behaviors.same();
    }
    members.put(opened.member().name(), opened.member());
    if (members.size() < invited.size()) {
      return Behaviors.same();
    }
    Optional<String> mismatch = tooManyDevices().or(this::mismatch);
    return mismatch.isPresent() ? end(refused(mismatch.get())) : train();
  }

  private Behavior<Command> onNotOpened(NotOpened report) {
    return isCurrent(report.run())
        ? end(refused(about(report.node(), report.reason())))
        : Behaviors.same();
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
            .map(this::nameOf)
            .toList();
    return "after %d s the run is not ready on %s, %d of %d nodes"
        .formatted(
            OPEN_LIMIT.toSeconds(), String.join(", ", missing), missing.size(), invited.size());
  }

  /** The address of a host's actors. */
  private String nameOf(ActorRef<Host.Command> host) {
    Address address = host.path().address();
    return (address.hasLocalScope() ? context.getSystem().address() : address).toString();
  }

  /** Every node must have a lane. */
  private Optional<String> tooManyDevices() {
    int lanes = current.context(order.run()).orElseThrow().settings().lanes();
    int devices = members.values().stream().mapToInt(Member::devices).sum();
    return members.size() == 1 || devices <= lanes
        ? Optional.empty()
        : Optional.of(
            "the %d nodes have %d devices for the run's %d lanes; take more lanes or fewer devices"
                .formatted(members.size(), devices, lanes));
  }

  /** How the nodes' runs differ, in words. */
  private Optional<String> mismatch() {
    return firstAmong(Membership::mismatch)
        .or(() -> relaxed() ? Optional.empty() : firstAmong(Membership::differentBits));
  }

  private boolean relaxed() {
    return current.context(order.run()).orElseThrow().settings().determinism()
        == Determinism.RELAXED;
  }

  /** What there is to say of the first node and another. */
  private Optional<String> firstAmong(BiFunction<Member, Member, Optional<String>> difference) {
    Member first = members.values().iterator().next();
    return members.values().stream()
        .map(other -> difference.apply(first, other))
        .flatMap(Optional::stream)
        .findFirst();
  }

  // training

  private Behavior<Command> train() {
    timers.cancel(TooLate.TOO_LATE);
    RunContext run = current.context(order.run()).orElseThrow();
    firstAmong(Membership::differentBits)
        .ifPresent(text -> happened(new Event.BitsDiffer(Membership.whatIsLost(text))));
    LayerPlaces places = new LayerPlaces(context.getSystem(), order.run());
    ActorRef<Trainer.Command> trainer =
        context.spawnAnonymous(
            Trainer.create(run, List.copyOf(members.values()), home, places, reports()));
    return busy()
        .onMessage(Hosts.class, this::onHostsWhileTraining)
        .onMessage(NodeEnded.class, this::onNodeEnded)
        .onMessage(Happened.class, this::onHappened)
        .onMessage(Dealt.class, this::onDealt)
        .onMessage(TrainerEnded.class, ended -> end(ended.end()))
        .onMessage(KeepState.class, keep -> onKeepState(trainer, keep))
        .onMessage(Stop.class, this::onStop)
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  /** What the Trainer tells, in its own thread, comes back as messages. */
  private Trainer.Reports reports() {
    ActorRef<Command> self = context.getSelf();
    return new Trainer.Reports() {
      @Override
      public void on(Event event) {
        self.tell(new Happened(event));
      }

      @Override
      public void released(String node) {}

      @Override
      public void dealt(Assignment assignment, long lastStep, List<SlicePlace> slices) {
        self.tell(new Dealt(assignment, lastStep, slices));
      }

      @Override
      public void finished() {
        self.tell(new TrainerEnded(RunEnd.finished("")));
      }

      @Override
      public void failed(String reason) {
        self.tell(new TrainerEnded(RunEnd.because(Kind.FAILED, reason)));
      }

      @Override
      public void diverged(long step, String layer, List<Integer> lanes) {
        self.tell(new TrainerEnded(RunEnd.diverged(step, layer, lanes)));
      }
    };
  }

  private static RunEnd failed(String reason) {
    return RunEnd.because(Kind.FAILED, reason);
  }

  private static RunEnd refused(String paragraph) {
    return RunEnd.because(Kind.REFUSED, paragraph);
  }

  private Behavior<Command> onHappened(Happened happened) {
    happened(happened.event());
    return Behaviors.same();
  }

  private void happened(Event event) {
    status = status.after(event);
    invited.forEach(host -> host.tell(new Host.Told(order.run(), event)));
  }

  private Behavior<Command> onDealt(Dealt dealt) {
    status = status.dealt(dealt.assignment(), dealt.lastStep(), dealt.slices());
    return Behaviors.same();
  }

  private Behavior<Command> onGetStatus(GetStatus get) {
    get.replyTo().tell(status);
    return Behaviors.same();
  }

  private Behavior<Command> onKeepState(ActorRef<Trainer.Command> trainer, KeepState keep) {
    trainer.tell(Trainer.KeepState.KEEP);
    keep.replyTo().tell(new SubmitAnswer(true, order.run()));
    return Behaviors.same();
  }

  private Behavior<Command> onHostsWhileTraining(Hosts listed) {
    hosts = listed.all();
    List<String> lost =
        members.values().stream()
            .filter(member -> !hosts.contains(member.host()))
            .map(Member::name)
            .toList();
    return lost.isEmpty()
        ? Behaviors.same()
        : end(failed("the cluster has lost " + String.join(", ", lost)));
  }

  private Behavior<Command> onNodeEnded(NodeEnded report) {
    return isCurrent(report.run())
        ? end(failed("the node %s ended: %s".formatted(report.node(), report.reason())))
        : Behaviors.same();
  }

  private Behavior<Command> onStop(Stop stop) {
    stop.replyTo().tell(new SubmitAnswer(true, order.run()));
    return end(RunEnd.because(Kind.STOPPED, ""));
  }

  // closing

  private Behavior<Command> end(RunEnd ending) {
    context.getChildren().forEach(context::stop);
    Set<ActorRef<Host.Command>> open = new TreeSet<>(invited);
    open.removeIf(host -> !hosts.contains(host));
    open.forEach(host -> host.tell(new Host.Close(order.run(), context.getSelf())));
    timers.startSingleTimer(TooLate.TOO_LATE, CLOSE_LIMIT);
    Map<String, List<String>> digests = new TreeMap<>();
    return closedOr(
        ending,
        open,
        digests,
        busy()
            .onMessage(Hosts.class, this::onHosts)
            .onMessage(Closed.class, closed -> onClosed(ending, open, digests, closed))
            .onMessage(TooLate.class, late -> settle(ending, digests))
            .onAnyMessage(other -> Behaviors.same())
            .build());
  }

  private Behavior<Command> onClosed(
      RunEnd ending,
      Set<ActorRef<Host.Command>> open,
      Map<String, List<String>> digests,
      Closed closed) {
    if (isCurrent(closed.run()) && open.remove(closed.host()) && closed.weightsSha256() != null) {
      digests
          .computeIfAbsent(closed.weightsSha256(), first -> new ArrayList<>())
          .add(closed.host().path().address().toString());
    }
    return closedOr(ending, open, digests, Behaviors.same());
  }

  private Behavior<Command> closedOr(
      RunEnd ending,
      Set<ActorRef<Host.Command>> open,
      Map<String, List<String>> digests,
      Behavior<Command> waiting) {
    return open.isEmpty() ? settle(ending, digests) : waiting;
  }

  private Behavior<Command> settle(RunEnd ending, Map<String, List<String>> digests) {
    timers.cancel(TooLate.TOO_LATE);
    RunEnd end = checked(ending, digests);
    status = status.after(end);
    invited.forEach(host -> host.tell(new Host.Ended(order.run(), end)));
    invited = List.of();
    return idle();
  }

  /** A finished run must have ended in one and the same digest. */
  private static RunEnd checked(RunEnd end, Map<String, List<String>> digests) {
    if (end.kind() != Kind.FINISHED) {
      return end;
    }
    return digests.size() == 1
        ? RunEnd.finished(digests.keySet().iterator().next())
        : failed("the nodes ended with different weights: " + digests);
  }
}
