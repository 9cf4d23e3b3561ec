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
import io.larch.transport.DataAddress;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * One per JVM, for its whole life: opens and closes on this node the runs that the RunManager
 * orders, and owns the actors that take part in them.
 *
 * <pre>
 *   RunManager --Open(run)--> Host --spawns--> Node, Gossip;  Node --NodeReady--> Host
 *   RunManager &lt;--Opened(node, identity)-- Host
 *   RunManager --Close(run)--> Host;  RunManager &lt;--Closed(digest)-- Host
 * </pre>
 */
final class Host extends AbstractBehavior<Host.Command> {
  static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "larch-host");

  sealed interface Command {}

  /**
   * Make a run ready.
   *
   * @param prove whether to compute the joining proof
   */
  record Open(
      String run,
      String runFile,
      boolean resume,
      boolean prove,
      ActorRef<RunManager.Command> replyTo)
      implements Command, Remote {}

  /** Leave a run and free all it took. */
  record Close(String run, ActorRef<RunManager.Command> replyTo) implements Command, Remote {}

  /** Something happened in a run. */
  record Told(
      String run,
      @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
          @JsonSubTypes({
            @JsonSubTypes.Type(value = Event.Started.class, name = "started"),
            @JsonSubTypes.Type(value = Event.Settings.class, name = "settings"),
            @JsonSubTypes.Type(value = Event.Step.class, name = "step"),
            @JsonSubTypes.Type(value = Event.Layers.class, name = "layers"),
            @JsonSubTypes.Type(value = Event.Evaluated.class, name = "evaluated"),
            @JsonSubTypes.Type(value = Event.CheckpointWritten.class, name = "checkpoint"),
            @JsonSubTypes.Type(value = Event.Generation.class, name = "generation"),
            @JsonSubTypes.Type(value = Event.BitsDiffer.class, name = "bits"),
            @JsonSubTypes.Type(value = Event.Warning.class, name = "warning"),
            @JsonSubTypes.Type(value = Event.Result.class, name = "result")
          })
          Event event)
      implements Command, Remote {}

  /** A run has ended and is closed everywhere. */
  record Ended(String run, RunEnd end) implements Command, Remote {}

  /** The node of the current run has all its parts. */
  record NodeReady(ActorRef<Node.Command> node, String proof) implements Command {}

  private record RunOpened(Open order, CurrentRun.Parts parts, Throwable failure)
      implements Command {}

  private record RunClosed(Close order, String weightsSha256) implements Command {}

  private final CurrentRun current;
  private final RunOpener opener;
  private final RunObserver observer;
  private final PeerStreams streams;
  private final String name;
  private final Executor blocking;
  private Open order;
  private CurrentRun.Parts parts;
  private ActorRef<Node.Command> node;
  private ActorRef<Gossip.Command> gossip;
  private Close closing;

  static Behavior<Command> create(
      CurrentRun current,
      RunOpener opener,
      RunObserver observer,
      PeerStreams streams,
      String name,
      Executor blocking) {
    return Behaviors.setup(
        context -> new Host(context, current, opener, observer, streams, name, blocking));
  }

  private Host(
      ActorContext<Command> context,
      CurrentRun current,
      RunOpener opener,
      RunObserver observer,
      PeerStreams streams,
      String name,
      Executor blocking) {
    super(context);
    this.current = current;
    this.opener = opener;
    this.observer = observer;
    this.streams = streams;
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
        .onMessage(Told.class, this::onTold)
        .onMessage(Close.class, this::onClose)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(RunClosed.class, this::onRunClosed)
        .onSignal(ChildFailed.class, this::onNodeFailed)
        .onSignal(Terminated.class, ended -> onNodeEnded())
        .build();
  }

  private Behavior<Command> onOpen(Open next) {
    if (order != null) {
      return this;
    }
    order = next;
    observer.begins(next.run());
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(() -> openNow(next), blocking),
            (opened, failure) -> new RunOpened(next, opened, failure));
    return this;
  }

  private CurrentRun.Parts openNow(Open next) {
    return current.open(next.run(), opener.open(next.runFile(), next.resume()));
  }

  private Behavior<Command> onRunOpened(RunOpened opened) {
    if (opened.failure() != null) {
      order = null;
      opened
          .order()
          .replyTo()
          .tell(new RunManager.NotOpened(opened.order().run(), name, text(opened.failure())));
      return this;
    }
    parts = opened.parts();
    if (closing != null) {
      return this;
    }
    RunContext run = parts.run().context();
    node =
        getContext()
            .spawnAnonymous(
                Node.create(parts, blocking, opened.order().prove(), getContext().getSelf()));
    getContext().watch(node);
    gossip = getContext().spawnAnonymous(Gossip.create(run, name, node, new Random()));
    return this;
  }

  private static String text(Throwable failure) {
    boolean wrapped = failure instanceof CompletionException && failure.getCause() != null;
    Throwable cause = wrapped ? failure.getCause() : failure;
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private Behavior<Command> onNodeReady(NodeReady ready) {
    RunContext run = parts.run().context();
    DataAddress address = streams.address();
    Map<String, String> identity = parts.run().identity();
    order
        .replyTo()
        .tell(
            new RunManager.Opened(
                order.run(),
                new RunManager.Member(
                    getContext().getSelf(),
                    ready.node(),
                    name,
                    address,
                    parts.runners().size(),
                    run.replica().step(),
                    identity,
                    run.replica().hashes().digest(),
                    ready.proof(),
                    parts.run().machine())));
    return this;
  }

  private Behavior<Command> onNodeFailed(ChildFailed failed) {
    order.replyTo().tell(new RunManager.NodeEnded(order.run(), name, text(failed.cause())));
    return onNodeEnded();
  }

  private Behavior<Command> onTold(Told told) {
    tell(() -> observer.on(told.event()));
    return this;
  }

  private Behavior<Command> onEnded(Ended ended) {
    tell(() -> observer.ended(ended.end()));
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

  private Behavior<Command> onClose(Close close) {
    if (order == null || !order.run().equals(close.run())) {
      close.replyTo().tell(new RunManager.Closed(close.run(), getContext().getSelf(), null));
    } else if (closing == null) {
      closing = close;
      if (node == null) {
        onNodeEnded();
      } else {
        getContext().stop(gossip);
        getContext().stop(node);
      }
    }
    return this;
  }

  private Behavior<Command> onNodeEnded() {
    node = null;
    if (closing != null) {
      Close close = closing;
      getContext()
          .pipeToSelf(
              CompletableFuture.supplyAsync(this::closeNow, blocking),
              (digest, failure) -> new RunClosed(close, digest));
    }
    return this;
  }

  private String closeNow() {
    String digest = parts == null ? null : parts.run().weightsSha256();
    current.close();
    return digest;
  }

  private Behavior<Command> onRunClosed(RunClosed closed) {
    order = null;
    parts = null;
    closing = null;
    closed
        .order()
        .replyTo()
        .tell(
            new RunManager.Closed(
                closed.order().run(), getContext().getSelf(), closed.weightsSha256()));
    return this;
  }
}
