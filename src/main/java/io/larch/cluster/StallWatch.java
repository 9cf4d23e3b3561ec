package io.larch.cluster;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import io.larch.coordinate.StallJudge;
import io.larch.coordinate.Standing;
import io.larch.coordinate.Wait;
import io.larch.observe.Absence;
import io.larch.observe.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One per JVM: watches whether the node gets on and, when it stands still, finds out which node is
 * missing. Which it is, {@link StallJudge} decides; this asks.
 *
 * <pre>
 *   StallWatch --Describe--> Node --Own--> StallWatch              twice a second
 *   StallWatch --Ask--> StallWatches of others --Stands--> StallWatch    while the node stands still
 *   StallWatch --Told(who is missing)--> Host                      when that changes
 * </pre>
 */
final class StallWatch extends AbstractBehavior<StallWatch.Command> {
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "larch-stall-watch");

  private static final Duration INTERVAL = Duration.ofMillis(500);

  sealed interface Command {}

  /** Watch the node of a run. */
  record Watch(String run, ActorRef<Node.Command> node, ActorRef<Host.Command> host)
      implements Command {}

  /** Watch nobody. */
  enum Rest implements Command {
    REST
  }

  /** How this JVM's node stands. */
  record Own(long step, String doing, boolean computing, long progress, List<Wait> waits)
      implements Command {}

  /** Say how your node stands. */
  record Ask(ActorRef<Command> replyTo) implements Command, Remote {}

  /** How another JVM's node stands. */
  record Stands(Standing standing) implements Command, Remote {}

  private record Others(Map<String, ActorRef<Command>> byName) implements Command {}

  private enum Tick implements Command {
    TICK
  }

  private final String name;
  private final Consumer<List<Absence>> known;
  private final StallJudge judge = new StallJudge();
  private Map<String, ActorRef<Command>> others = Map.of();
  private Watch watched;
  private Standing own;
  private List<Absence> missing = List.of();

  /**
   * @param name of this node
   * @param known is given who is missing, on an actor's thread
   */
  static Behavior<Command> create(String name, Consumer<List<Absence>> known) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new StallWatch(context, timers, name, known)));
  }

  private StallWatch(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String name,
      Consumer<List<Absence>> known) {
    super(context);
    this.name = name;
    this.known = known;
    own = idle();
    context.setLoggerName(StallWatch.class);
    var receptionist = context.getSystem().receptionist();
    receptionist.tell(Receptionist.register(KEY, context.getSelf()));
    receptionist.tell(
        Receptionist.subscribe(
            KEY, context.messageAdapter(Receptionist.Listing.class, StallWatch::byName)));
    timers.startTimerWithFixedDelay(Tick.TICK, INTERVAL);
  }

  private Standing idle() {
    return new Standing(name, 0, "idle", false, 0, List.of());
  }

  /** Those that are not reachable are among them. */
  private static Others byName(Receptionist.Listing listing) {
    Map<String, ActorRef<Command>> byName = new HashMap<>();
    for (ActorRef<Command> watch : listing.getAllServiceInstances(KEY)) {
      Address address = watch.path().address();
      if (!address.hasLocalScope()) {
        byName.put(address.toString(), watch);
      }
    }
    return new Others(Map.copyOf(byName));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Watch.class, this::onWatch)
        .onMessage(Rest.class, rest -> onRest())
        .onMessage(Others.class, this::onOthers)
        .onMessage(Tick.class, tick -> onTick())
        .onMessage(Own.class, this::onOwn)
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Stands.class, this::onStands)
        .build();
  }

  private Behavior<Command> onWatch(Watch watch) {
    watched = watch;
    return this;
  }

  private Behavior<Command> onRest() {
    judge.rests();
    own = idle();
    tell(List.of());
    watched = null;
    return this;
  }

  private Behavior<Command> onOthers(Others listed) {
    others = listed.byName();
    return this;
  }

  private Behavior<Command> onTick() {
    if (watched != null) {
      watched.node().tell(new Node.Describe(getContext().getSelf()));
      long nowNs = System.nanoTime();
      judge
          .toAsk(others.keySet(), nowNs)
          .forEach(node -> others.get(node).tell(new Ask(getContext().getSelf())));
      tell(judge.missing(nowNs, Instant.now()));
    }
    return this;
  }

  private Behavior<Command> onOwn(Own report) {
    if (watched != null) {
      own =
          new Standing(
              name,
              report.step(),
              report.doing(),
              report.computing(),
              report.progress(),
              report.waits());
      judge.stands(own, System.nanoTime());
    }
    return this;
  }

  private Behavior<Command> onAsk(Ask ask) {
    ask.replyTo().tell(new Stands(own));
    return this;
  }

  private Behavior<Command> onStands(Stands answer) {
    judge.answered(answer.standing(), System.nanoTime());
    return this;
  }

  private void tell(List<Absence> now) {
    if (now.equals(missing)) {
      return;
    }
    now.stream()
        .filter(absence -> !missing.contains(absence))
        .forEach(absence -> getContext().getLog().warn("{}", absence.text()));
    missing = now;
    known.accept(now);
    watched.host().tell(new Host.Told(watched.run(), new Event.Missing(now)));
  }
}
