package io.larch.cluster;

import akka.Done;
import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.Join;
import akka.cluster.typed.Leave;
import akka.cluster.typed.SingletonActor;
import akka.remote.RemoteTransportException;
import com.typesafe.config.Config;
import io.larch.cluster.DeathJudge.Verdict;
import io.larch.config.Refusal;
import io.larch.observe.Absence;
import io.larch.observe.Network;
import io.larch.observe.Timeline;
import io.larch.reduce.Slice;
import io.larch.transport.DataPlane;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * This JVM as a member of a cluster: the actor system with the Host that takes part in runs, the
 * sharded LayerOptimizers and the RunManager, which lives on the oldest member. One that trains
 * alone is a cluster of one. {@link #close} ends the actors first, then the devices.
 */
public final class ClusterNode implements AutoCloseable {
  private static final String WATCH = "larch.lifelines";
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

  private final PeerStreams streams;
  private final CurrentRun current;
  private final ExecutorService blocking =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "larch-blocking"));
  private final CompletableFuture<Boolean> member = new CompletableFuture<>();
  private final ActorSystem<Void> system;
  private final ActorRef<RunManager.Command> manager;
  private final ActorRef<Host.Command> host;
  private final AtomicInteger takers = new AtomicInteger();
  private final Optional<Lifelines> lifelines;
  private ActorRef<MemberWatch.Command> watch;
  private volatile Verdict verdict = new Verdict(Map.of(), new TreeSet<>(), 0);
  private volatile List<Absence> missing = List.of();
  private volatile boolean ending;

  /**
   * Starts a member.
   *
   * @param cluster its name
   * @param config configuration of the actor system
   * @param plane where tensors come and go, this node's from now on; none for a node without peers
   * @param observer is told how runs go
   */
  public ClusterNode(
      String cluster,
      Config config,
      Optional<DataPlane> plane,
      RunOpener opener,
      RunObserver observer) {
    Timeline timeline = new Timeline();
    streams = new PeerStreams(plane, timeline.track(CurrentRun.REDUCTION));
    current = new CurrentRun(streams, timeline);
    system = start(cluster, config);
    akka.cluster.Cluster.get(Adapter.toClassic(system))
        .registerOnMemberUp(() -> member.complete(true));
    lifelines = config.hasPath(WATCH) ? watch(config.getConfig(WATCH)) : Optional.empty();
    String name = Cluster.get(system).selfMember().address().toString();
    LayerOptimizer.init(system, current);
    manager =
        ClusterSingleton.get(system)
            .init(SingletonActor.of(RunManager.create(current, name), "run-manager"));
    ActorRef<StallWatch.Command> stallWatch =
        system.systemActorOf(
            StallWatch.create(name, now -> missing = now), "larch-stall-watch", Props.empty());
    host =
        system.systemActorOf(
            Host.create(current, opener, observer, streams, stallWatch, name, blocking),
            "larch-host",
            Props.empty());
    system.systemActorOf(TimelineSource.create(timeline, name), "larch-timeline", Props.empty());
  }

  private ActorSystem<Void> start(String cluster, Config config) {
    try {
      return ActorSystem.create(Behaviors.empty(), cluster, config);
    } catch (RemoteTransportException e) {
      streams.close();
      blocking.shutdown();
      throw new Refusal("Messages between actors cannot be taken: " + e.getMessage(), e);
    }
  }

  private Optional<Lifelines> watch(Config config) {
    Lifelines taken = new Lifelines(config.getString("bind-host"), config.getInt("port"));
    Duration stableAfter = config.getDuration("stable-after");
    watch =
        system.systemActorOf(
            MemberWatch.create(taken, config.getString("host"), stableAfter, now -> verdict = now),
            "larch-member-watch",
            Props.empty());
    return Optional.of(taken);
  }

  /** Makes this node a cluster of its own; others may still join it. */
  public void joinSelf() {
    Cluster cluster = Cluster.get(system);
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
  }

  /** Where other nodes may join, as {@code host:port}. */
  public String address() {
    Address address = Cluster.get(system).selfMember().address();
    return address.getHost().orElseThrow() + ":" + address.getPort().orElseThrow();
  }

  /** The actor system, for those who serve what it knows. */
  public ActorSystem<?> system() {
    return system;
  }

  /**
   * Asks the cluster to train a run.
   *
   * @param runFile its text
   * @param nodes how many must be there before it begins
   * @return whether it was taken, or which run is in its way
   */
  public CompletionStage<SubmitAnswer> submit(
      String run, String runFile, boolean resume, int nodes) {
    return AskPattern.ask(
        manager,
        replyTo ->
            new RunManager.Submit(new RunManager.Order(run, runFile, resume, nodes), replyTo),
        ANSWER_LIMIT,
        system.scheduler());
  }

  /** Asks how the run in progress goes. */
  public CompletionStage<RunStatus> status() {
    return AskPattern.ask(manager, RunManager.GetStatus::new, ANSWER_LIMIT, system.scheduler());
  }

  /** How the run stands as this node was last told, though whoever leads it may be silent. */
  public CompletionStage<RunStatus> lastStatus() {
    return AskPattern.ask(host, Host.GetStatus::new, ANSWER_LIMIT, system.scheduler());
  }

  /** The slices of a run, if this node takes part in it. */
  public Optional<List<Slice>> slices(String run) {
    return current.context(run).map(context -> context.replica().slices());
  }

  /** Who is missing, as this node sees it, so that the run does not get on. */
  public List<Absence> missing() {
    return missing;
  }

  /** Asks the cluster to end the run in progress. */
  public CompletionStage<SubmitAnswer> stop() {
    return AskPattern.ask(manager, RunManager.Stop::new, ANSWER_LIMIT, system.scheduler());
  }

  /** Asks the cluster to write a checkpoint once the lease has run out. */
  public CompletionStage<SubmitAnswer> checkpoint() {
    return AskPattern.ask(manager, RunManager.KeepState::new, ANSWER_LIMIT, system.scheduler());
  }

  /** What this node has moved to and from its peers. */
  public Network network() {
    return streams.network();
  }

  /** The timelines of all nodes, being taken. */
  public interface Recording {
    /** As many steps as come. */
    long ENDLESS = Long.MAX_VALUE / 2;

    /** Takes what is left; the sink is told when nothing more comes. */
    void stop();
  }

  /**
   * Takes the timelines of all nodes, on this node's clock.
   *
   * @param steps of every node; {@link Recording#ENDLESS} for as many as come until it is stopped
   * @param sink is told on an actor's thread
   */
  public Recording record(long steps, Timeline.Sink sink) {
    String name = "larch-timeline-taker-" + takers.incrementAndGet();
    ActorRef<TimelineTaker.Command> taker =
        system.systemActorOf(TimelineTaker.create(steps, sink), name, Props.empty());
    return () -> taker.tell(TimelineTaker.Stop.STOP);
  }

  /**
   * Addresses of silent members for whom this part of the cluster waits; empty when it need not.
   */
  public List<String> awaited() {
    return verdict.awaited().stream().map(MemberWatch::address).toList();
  }

  /**
   * Confirms that a silent member is dead, by its address or its {@code host:port}.
   *
   * @return whether a silent member has that address
   */
  public CompletionStage<Boolean> confirmDeath(String node) {
    return AskPattern.ask(
        watch,
        replyTo -> new MemberWatch.ConfirmDeath(node, replyTo),
        ANSWER_LIMIT,
        system.scheduler());
  }

  /** Members of the cluster that are up, as this node knows it. */
  public int members() {
    int up = 0;
    for (Member member : Cluster.get(system).state().getMembers()) {
      up += member.status().equals(MemberStatus.up()) ? 1 : 0;
    }
    return up;
  }

  /**
   * Waits until the cluster has taken this node in, at most so long.
   *
   * @return whether it has, or nobody waits for it any more
   */
  public boolean awaitMembership(Duration limit) {
    try {
      return member.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Has the others go on without this node, then leaves the cluster, which ends the actor system;
   * it may also be ended meanwhile.
   *
   * @param limit for each of the two; what is not done by then is not waited for
   */
  public void leave(Duration limit) {
    Cluster cluster = Cluster.get(system);
    String name = cluster.selfMember().address().toString();
    CompletableFuture<Done> ended = system.getWhenTerminated().toCompletableFuture();
    CompletableFuture<SubmitAnswer> released =
        AskPattern.<RunManager.Command, SubmitAnswer>ask(
                manager, replyTo -> new RunManager.Leave(name, replyTo), limit, system.scheduler())
            .toCompletableFuture();
    try {
      CompletableFuture.anyOf(released, ended).get(limit.toMillis(), TimeUnit.MILLISECONDS);
      cluster.manager().tell(Leave.create(cluster.selfMember().address()));
      ended.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      system.log().warn("this node leaves without a farewell: {}", e.toString());
    }
  }

  /** Begins to end the actor system; {@link #close} must follow. */
  public void end() {
    ending = true;
    member.complete(true);
    system.terminate();
  }

  /**
   * Waits until the actor system ends, or the thread is interrupted.
   *
   * @return whether the cluster has gone on without this node, which nobody here asked for
   */
  public boolean awaitEnd() {
    try {
      system.getWhenTerminated().toCompletableFuture().get();
      return !ending;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the actor system broke", e);
    }
  }

  /** Ends everything; when this returns no thread and no native memory of the run is left. */
  @Override
  public void close() {
    ending = true;
    system.terminate();
    awaitTermination();
    lifelines.ifPresent(Lifelines::close);
    current.close();
    streams.close();
    blocking.shutdown();
  }

  /** Whoever was interrupted waits too, since what the actors use is closed next. */
  private void awaitTermination() {
    boolean interrupted = Thread.interrupted();
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the actors did not end within " + STOP_LIMIT, e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
