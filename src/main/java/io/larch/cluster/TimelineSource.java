package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import io.larch.observe.Timeline;
import java.time.Duration;

/**
 * One per JVM: gives what the node's threads do to a {@link TimelineTaker}, piece by piece, to one
 * at a time. A taker that asks no more has given up.
 *
 * <pre>
 *   TimelineTaker --AskClock--> TimelineSource --Clock--> TimelineTaker     a few times
 *   TimelineTaker --Pull--> TimelineSource --Piece--> TimelineTaker         until it has enough
 * </pre>
 */
final class TimelineSource extends AbstractBehavior<TimelineSource.Command> {
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "larch-timeline");

  /** Small enough for a message between nodes, in characters. */
  private static final int PIECE = 64 * 1024;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  sealed interface Command {}

  /** Say what your clock shows. */
  record AskClock(long sentNs, ActorRef<TimelineTaker.Command> replyTo)
      implements Command, Remote {}

  /**
   * Give what has been done since the last time.
   *
   * @param taker who takes, by a number that no other has
   * @param process number of this process in the whole
   * @param offsetNs what the taker's clock shows more than this one's
   */
  record Pull(long taker, int process, long offsetNs, ActorRef<TimelineTaker.Command> replyTo)
      implements Command, Remote {}

  /** Give nothing more to this taker. */
  record Release(long taker) implements Command, Remote {}

  private enum GivenUp implements Command {
    GIVEN_UP
  }

  private final TimerScheduler<Command> timers;
  private final Timeline timeline;
  private final String name;
  private boolean taken;
  private long taker;

  static Behavior<Command> create(Timeline timeline, String name) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new TimelineSource(context, timers, timeline, name)));
  }

  private TimelineSource(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Timeline timeline,
      String name) {
    super(context);
    this.timers = timers;
    this.timeline = timeline;
    this.name = name;
    context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(AskClock.class, this::onAskClock)
        .onMessage(Pull.class, this::onPull)
        .onMessage(Release.class, this::onRelease)
        .onMessage(GivenUp.class, given -> onGivenUp())
        .build();
  }

  private Behavior<Command> onAskClock(AskClock ask) {
    ask.replyTo()
        .tell(
            new TimelineTaker.Clock(getContext().getSelf(), name, ask.sentNs(), System.nanoTime()));
    return this;
  }

  private Behavior<Command> onPull(Pull pull) {
    if (taken && pull.taker() != taker) {
      pull.replyTo().tell(new TimelineTaker.Taken(getContext().getSelf(), name));
      return this;
    }
    if (!taken) {
      taken = true;
      taker = pull.taker();
      timeline.begin();
    }
    timers.startSingleTimer(GivenUp.GIVEN_UP, PATIENCE);
    long step = timeline.step();
    String events = timeline.take(pull.process(), name, pull.offsetNs(), PIECE);
    pull.replyTo().tell(new TimelineTaker.Piece(getContext().getSelf(), events, step));
    return this;
  }

  private Behavior<Command> onRelease(Release release) {
    return taken && release.taker() == taker ? onGivenUp() : this;
  }

  private Behavior<Command> onGivenUp() {
    timers.cancel(GivenUp.GIVEN_UP);
    taken = false;
    timeline.end();
    return this;
  }
}
