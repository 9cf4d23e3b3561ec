package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.larch.observe.Event;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * One per JVM, for its whole life: opens and closes on this node the runs that the RunManager
 * orders, and owns the actors that take part in them. It remembers all of a run that a RunManager
 * on another node must know to go on with it.
 *
 * <pre>
 *   RunManager --Open(run)--> Host --spawns--> Node, Gossip;  Node --NodeReady--> Host
 *   RunManager &lt;--Opened(node, identity)-- Host
 *   RunManager --Close(run)--> Host;  RunManager &lt;--Closed(weights)-- Host;  RunManager --Ended--> Host
 *
 *   another RunManager --Describe--> Host;  RunManager &lt;--Holding(run, node, status)-- Host
 * </pre>
 */
final class Host extends AbstractBehavior<Host.Command> {
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "larch-host");

  sealed interface Command {}

  /** Make a run ready; said again once it is. */
  record Open(String run, String runFile, boolean resume, ActorRef<RunManager.Command> replyTo)
      implements Command, Remote {}

  /** Say what run you have, and tell this one of it from now on. */
  record Describe(ActorRef<RunManager.Command> replyTo) implements Command, Remote {}

  /** Leave a run, which ends like this, and free all it took. */
  record Close(String run, RunEnd ending, ActorRef<RunManager.Command> replyTo)
      implements Command, Remote {}

  /** Something happened in a run. */
  record Told(
      String run,
      @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
          @JsonSubTypes({
            @JsonSubTypes.Type(value = Event.Started.class, name = "started"),
            @JsonSubTypes.Type(value = Event.Settings.class, name = "settings"),
            @JsonSubTypes.Type(value = Event.Step.class, name = "step"),
            @JsonSubTypes.Type(value = Event.Layers.class, name = "layers"),
            @JsonSubTypes.Type(value = Event.Noise.class, name = "noise"),
            @JsonSubTypes.Type(value = Event.Evaluated.class, name = "evaluated"),
            @JsonSubTypes.Type(value = Event.Skipped.class, name = "skipped"),
            @JsonSubTypes.Type(value = Event.CheckpointWritten.class, name = "checkpoint"),
            @JsonSubTypes.Type(value = Event.Generation.class, name = "generation"),
            @JsonSubTypes.Type(value = Event.BitsDiffer.class, name = "bits"),
            @JsonSubTypes.Type(value = Event.Missing.class, name = "missing"),
            @JsonSubTypes.Type(value = Event.Warning.class, name = "warning"),
            @JsonSubTypes.Type(value = Event.Result.class, name = "result")
          })
          Event event)
      implements Command, Remote {}

  /** How a run stands, for whoever goes on with it. */
  record Remember(String run, RunStatus status) implements Command, Remote {}

  /** A run has ended and is closed. */
  record Ended(String run, RunEnd end) implements Command, Remote {}

  /** How the run stands, as far as this node has been told. */
  record GetStatus(ActorRef<RunStatus> replyTo) implements Command {}

  /** The node of the current run has all its parts. */
  record NodeReady(ActorRef<Node.Command> node, String proof) implements Command {}

  private record RunOpened(Open order, CurrentRun.Parts parts, Throwable failure)
      implements Command {}

  private record RunClosed(Close order, Closing.Weights weights, Throwable failure)
      implements Command {}

  private final CurrentRun current;
  private final RunOpener opener;
  private final RunObserver observer;
  private final PeerStreams streams;
  private final ActorRef<StallWatch.Command> stallWatch;
  private final String name;
  private final Executor blocking;
  private Open order;
  private ActorRef<RunManager.Command> manager;
  private RunStatus status = RunStatus.IDLE;
  private CurrentRun.Parts parts;
  private ActorRef<Node.Command> node;
  private ActorRef<Gossip.Command> gossip;
  private NodeReady ready;
  private Close closing;
  private RunClosed closed;
  private boolean over;

  static Behavior<Command> create(
      CurrentRun current,
      RunOpener opener,
      RunObserver observer,
      PeerStreams streams,
      ActorRef<StallWatch.Command> stallWatch,
      String name,
      Executor blocking) {
    return Behaviors.setup(
        context ->
            new Host(context, current, opener, observer, streams, stallWatch, name, blocking));
  }

  private Host(
      ActorContext<Command> context,
      CurrentRun current,
      RunOpener opener,
      RunObserver observer,
      PeerStreams streams,
      ActorRef<StallWatch.Command> stallWatch,
      String name,
      Executor blocking) {
    super(context);
    this.current = current;
    this.opener = opener;
    this.observer = observer;
    this.streams = streams;
    this.stallWatch = stallWatch;
    this.name = name;
    this.blocking = blocking;
    context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Open.class, this::onOpen)
        .onMessage(RunOpened.class, this::onRunOpened)
        .onMessage(NodeReady.class, this::onNodeReady)
        .onMessage(Describe.class, this::onDescribe)
        .onMessage(Told.class, this::onTold)
        .onMessage(Remember.class, this::onRemember)
        .onMessage(GetStatus.class, this::onGetStatus)
        .onMessage(Close.class, this::onClose)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(RunClosed.class, this::onRunClosed)
        .onSignal(ChildFailed.class, this::onNodeFailed)
        .onSignal(Terminated.class, ended -> onNodeEnded())
        .build();
  }

  private boolean has(String run) {
    return order != null && order.run().equals(run);
  }

  // Opening

  private Behavior<Command> onOpen(Open next) {
    if (order == null) {
      open(next);
    } else if (!has(next.run())) {
      next.replyTo()
          .tell(new RunManager.NotOpened(next.run(), name, "it has the run " + order.run()));
    } else {
      manager = next.replyTo();
      tellIfOpen();
    }
    return this;
  }

  private void open(Open next) {
    order = next;
    manager = next.replyTo();
    status = RunStatus.preparing(next.run());
    observer.begins(next.run());
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(() -> openNow(next), blocking),
            (opened, failure) -> new RunOpened(next, opened, failure));
  }

  private CurrentRun.Parts openNow(Open next) {
    return current.open(next.run(), opener.open(next.runFile(), next.resume()));
  }

  private Behavior<Command> onRunOpened(RunOpened opened) {
    if (closing != null) {
      return this;
    }
    if (opened.failure() != null) {
      order = null;
      manager.tell(new RunManager.NotOpened(opened.order().run(), name, text(opened.failure())));
      return this;
    }
    parts = opened.parts();
    node =
        getContext().spawnAnonymous(Node.create(parts, blocking, prove(), getContext().getSelf()));
    getContext().watch(node);
    stallWatch.tell(new StallWatch.Watch(order.run(), node, getContext().getSelf()));
    gossip =
        getContext().spawnAnonymous(Gossip.create(parts.run().context(), name, node, new Random()));
    return this;
  }

  /** A node that can have peers proves that it computes their bits. */
  private boolean prove() {
    return streams.address() != null;
  }

  private static String text(Throwable failure) {
    boolean wrapped = failure instanceof CompletionException && failure.getCause() != null;
    Throwable cause = wrapped ? failure.getCause() : failure;
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private Behavior<Command> onNodeReady(NodeReady report) {
    ready = report;
    tellIfOpen();
    return this;
  }

  private void tellIfOpen() {
    if (isOpen()) {
      manager.tell(new RunManager.Opened(order.run(), member()));
    }
  }

  private boolean isOpen() {
    return ready != null && node != null && closing == null;
  }

  private RunManager.Member member() {
    RunContext run = parts.run().context();
    return new RunManager.Member(
        getContext().getSelf(),
        node,
        name,
        streams.address(),
        parts.runners().size(),
        run.replica().step(),
        parts.run().identity(),
        run.replica().hashes().digest(),
        ready.proof(),
        parts.run().machine());
  }

  // While it is open

  private Behavior<Command> onDescribe(Describe describe) {
    manager = describe.replyTo();
    manager.tell(
        order == null
            ? RunManager.Holding.nothing(getContext().getSelf())
            : new RunManager.Holding(
                getContext().getSelf(),
                new RunManager.Order(order.run(), order.runFile(), order.resume(), 1),
                isOpen() ? member() : null,
                status,
                closing == null ? null : closing.ending()));
    return this;
  }

  private Behavior<Command> onTold(Told told) {
    if (has(told.run())) {
      status = status.after(told.event());
      tell(() -> observer.on(told.event()));
    }
    return this;
  }

  private Behavior<Command> onRemember(Remember report) {
    if (has(report.run())) {
      status = report.status();
    }
    return this;
  }

  private Behavior<Command> onGetStatus(GetStatus get) {
    get.replyTo().tell(status);
    return this;
  }

  /** A run does not depend on who listens. */
  private void tell(Runnable news) {
    try {
      news.run();
    } catch (RuntimeException e) {
      getContext().getLog().error("who is told of runs threw an exception", e);
    }
  }

  private Behavior<Command> onNodeFailed(ChildFailed failed) {
    manager.tell(new RunManager.NodeEnded(order.run(), name, text(failed.cause())));
    return onNodeEnded();
  }

  // Closing

  private Behavior<Command> onClose(Close close) {
    manager = close.replyTo();
    if (!has(close.run())) {
      manager.tell(new RunManager.Closed(close.run(), getContext().getSelf(), null));
    } else if (closed != null) {
      tellClosed();
    } else if (closing == null) {
      closing = close;
      if (node == null) {
        onNodeEnded();
      } else {
        getContext().stop(node);
      }
    }
    return this;
  }

  private Behavior<Command> onNodeEnded() {
    node = null;
    stallWatch.tell(StallWatch.Rest.REST);
    if (gossip != null) {
      getContext().stop(gossip);
      gossip = null;
    }
    if (closing != null) {
      Close close = closing;
      getContext()
          .pipeToSelf(
              CompletableFuture.supplyAsync(this::closeNow, blocking),
              (weights, failure) -> new RunClosed(close, weights, failure));
    }
    return this;
  }

  private Closing.Weights closeNow() {
    Closing.Weights weights = parts == null ? null : weights(parts.run());
    current.close();
    return weights;
  }

  private static Closing.Weights weights(OpenRun run) {
    return new Closing.Weights(run.context().replica().step(), run.weightsSha256());
  }

  private Behavior<Command> onRunClosed(RunClosed report) {
    if (report.failure() != null) {
      getContext().getLog().error("the run could not be closed", report.failure());
    }
    closed = report;
    parts = null;
    ready = null;
    tellClosed();
    forgetIfOver();
    return this;
  }

  private void tellClosed() {
    manager.tell(
        new RunManager.Closed(closed.order().run(), getContext().getSelf(), closed.weights()));
  }

  /** The others may no longer wait for this node, whose run is forgotten once it is closed. */
  private Behavior<Command> onEnded(Ended ended) {
    tell(() -> observer.ended(ended.end()));
    if (has(ended.run())) {
      over = true;
      forgetIfOver();
    }
    return this;
  }

  private void forgetIfOver() {
    if (over && closed != null) {
      order = null;
      closing = null;
      closed = null;
      over = false;
    }
  }
}
