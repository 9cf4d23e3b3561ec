package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import io.larch.cluster.ClusterNode.Recording;
import io.larch.observe.Timeline;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Takes the timelines of all nodes, as pieces, and passes them on as one whose times are those of
 * its own clock. Of each node it asks the clock a few times and believes the quickest answer, which
 * is wrong by half its way there and back at most; clocks that may be the same count as the same.
 *
 * <p>It ends once every node has done so many steps more, or has ended its run, or when it is told
 * to. A node that does not answer for some seconds is left out.
 */
final class TimelineTaker extends AbstractBehavior<TimelineTaker.Command> {
  private static final int QUESTIONS = 5;
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long PATIENCE_NS = PATIENCE.toNanos();

  sealed interface Command {}

  /** What a node's clock shows. */
  record Clock(ActorRef<TimelineSource.Command> source, String node, long sentNs, long shownNs)
      implements Command, Remote {}

  /**
   * Some events of a node.
   *
   * @param step it has committed last, or {@link Timeline#NO_STEP}
   */
  record Piece(ActorRef<TimelineSource.Command> source, String events, long step)
      implements Command, Remote {}

  /** Somebody else takes this node's timeline. */
  record Taken(ActorRef<TimelineSource.Command> source, String node) implements Command, Remote {}

  /** Take what is left and end. */
  enum Stop implements Command {
    STOP
  }

  private record Sources(Set<ActorRef<TimelineSource.Command>> all) implements Command {}

  private record Again(ActorRef<TimelineSource.Command> source) implements Command {}

  private enum Look implements Command {
    LOOK
  }

  /** What is known of a node. */
  private static final class Source {
    private final int process;
    private int answers;
    private long quickestNs = Long.MAX_VALUE;
    private long offsetNs;
    private long firstStep = Timeline.NO_STEP;
    private long heardNs = System.nanoTime();
    private boolean done;

    private Source(int process) {
      this.process = process;
    }

    private void compare(Clock clock, long nowNs) {
      answers++;
      long tripNs = nowNs - clock.sentNs();
      if (tripNs < quickestNs) {
        quickestNs = tripNs;
        long offset = clock.sentNs() + tripNs / 2 - clock.shownNs();
        offsetNs = Math.abs(offset) <= tripNs / 2 ? 0 : offset;
      }
    }
  }

  private final TimerScheduler<Command> timers;
  private final Timeline.Sink sink;
  private final long steps;
  private final long id = ThreadLocalRandom.current().nextLong();
  private final Map<ActorRef<TimelineSource.Command>, Source> sources = new HashMap<>();
  private boolean stopping;

  /**
   * Takes timelines.
   *
   * @param steps of every node, those under way at the beginning not counted
   * @param sink is told on this actor's thread
   */
  static Behavior<Command> create(long steps, Timeline.Sink sink) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new TimelineTaker(context, timers, steps, sink)));
  }

  private TimelineTaker(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      long steps,
      Timeline.Sink sink) {
    super(context);
    this.timers = timers;
    this.steps = steps;
    this.sink = sink;
    context
        .getSystem()
        .receptionist()
        .tell(
            Receptionist.subscribe(
                TimelineSource.KEY,
                context.messageAdapter(
                    Receptionist.Listing.class,
                    listing -> new Sources(listing.getServiceInstances(TimelineSource.KEY)))));
    timers.startTimerWithFixedDelay(Look.LOOK, Duration.ofSeconds(1));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Sources.class, this::onSources)
        .onMessage(Clock.class, this::onClock)
        .onMessage(Piece.class, this::onPiece)
        .onMessage(Taken.class, this::onTaken)
        .onMessage(Again.class, again -> onAgain(again.source()))
        .onMessage(Look.class, look -> onLook())
        .onMessage(Stop.class, stop -> onStop())
        .build();
  }

  private Behavior<Command> onSources(Sources listed) {
    for (ActorRef<TimelineSource.Command> source : listed.all()) {
      if (!sources.containsKey(source)) {
        sources.put(source, new Source(sources.size()));
        askClock(source);
      }
    }
    return this;
  }

  private void askClock(ActorRef<TimelineSource.Command> source) {
    source.tell(new TimelineSource.AskClock(System.nanoTime(), getContext().getSelf()));
  }

  private Behavior<Command> onClock(Clock clock) {
    long nowNs = System.nanoTime();
    Source source = sources.get(clock.source());
    source.heardNs = nowNs;
    source.compare(clock, nowNs);
    if (source.answers < QUESTIONS) {
      askClock(clock.source());
    } else {
      pull(clock.source(), source);
    }
    return this;
  }

  private void pull(ActorRef<TimelineSource.Command> ref, Source source) {
    ref.tell(new TimelineSource.Pull(id, source.process, source.offsetNs, getContext().getSelf()));
  }

  private Behavior<Command> onPiece(Piece piece) {
    Source source = sources.get(piece.source());
    source.heardNs = System.nanoTime();
    if (!piece.events().isEmpty()) {
      sink.events(piece.events());
      pull(piece.source(), source);
      return this;
    }
    if (source.firstStep == Timeline.NO_STEP) {
      source.firstStep = piece.step();
    }
    boolean over = piece.step() == Timeline.NO_STEP && steps != Recording.ENDLESS;
    if (stopping || over || piece.step() > source.firstStep + steps) {
      return leave(piece.source());
    }
    timers.startSingleTimer(piece.source(), new Again(piece.source()), PAUSE);
    return this;
  }

  private Behavior<Command> onTaken(Taken taken) {
    Source source = sources.get(taken.source());
    note(source, "somebody else takes the timeline of " + taken.node());
    return leave(taken.source());
  }

  private void note(Source source, String text) {
    sink.events(Timeline.note(source.process, text));
  }

  private Behavior<Command> onAgain(ActorRef<TimelineSource.Command> ref) {
    pull(ref, sources.get(ref));
    return this;
  }

  /** Takes nothing more from a node. */
  private Behavior<Command> leave(ActorRef<TimelineSource.Command> ref) {
    ref.tell(new TimelineSource.Release(id));
    sources.get(ref).done = true;
    return endedOrGoOn();
  }

  private Behavior<Command> endedOrGoOn() {
    boolean done = sources.values().stream().allMatch(source -> source.done);
    if (done && (stopping || steps != Recording.ENDLESS)) {
      sink.ended();
      return Behaviors.stopped();
    }
    return this;
  }

  /** Leaves out who has been silent for long. */
  private Behavior<Command> onLook() {
    long nowNs = System.nanoTime();
    sources.forEach(
        (ref, source) -> {
          if (!source.done && nowNs - source.heardNs > PATIENCE_NS) {
            source.done = true;
            note(source, "no answer for %d s from %s".formatted(PATIENCE.toSeconds(), ref.path()));
          }
        });
    return endedOrGoOn();
  }

  private Behavior<Command> onStop() {
    stopping = true;
    return endedOrGoOn();
  }
}
