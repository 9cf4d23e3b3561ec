package io.larch.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.Join;
import akka.cluster.typed.SingletonActor;
import com.typesafe.config.ConfigFactory;
import io.larch.compute.Device;
import io.larch.compute.Timing;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A cluster of one node in this JVM that trains one run: the same actors, sharding and singleton as
 * on many machines, joined to itself. {@link #close} ends the actors first, then the devices.
 */
public final class LocalCluster implements AutoCloseable {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  private final ReductionLoop loop;
  private final List<LaneRunner> runners;
  private final ExecutorService blocking =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "larch-blocking"));
  private final ActorSystem<Void> system;

  /** Starts the run on the given devices, which belong to the cluster from now on. */
  public LocalCluster(RunContext run, List<Device> devices, RunObserver observer) {
    loop = new ReductionLoop(run);
    runners = devices.stream().map(device -> new LaneRunner(device, run, loop)).toList();
    system =
        ActorSystem.create(
            guardian(run, observer), "larch", ConfigFactory.load("larch-local-cluster"));
  }

  private Behavior<Void> guardian(RunContext run, RunObserver observer) {
    return Behaviors.setup(
        context -> {
          Cluster cluster = Cluster.get(context.getSystem());
          cluster.manager().tell(Join.create(cluster.selfMember().address()));
          LayerOptimizer.init(ClusterSharding.get(context.getSystem()), run, context);
          ActorRef<Node.Command> node =
              context.spawn(Node.create(run, runners, loop, blocking), "node");
          context.watch(node);
          String name = cluster.selfMember().address().toString();
          context.spawnAnonymous(Gossip.create(run, name, node, new Random()));
          startTrainer(ClusterSingleton.get(context.getSystem()), run, observer);
          return Behaviors.<Void>receiveSignal((same, signal) -> nodeEnded(observer, signal));
        });
  }

  private static Behavior<Void> nodeEnded(RunObserver observer, Signal signal) {
    String cause = signal instanceof ChildFailed failed ? failed.cause().getMessage() : "stopped";
    observer.failed("the node ended: " + cause);
    return Behaviors.stopped();
  }

  private static void startTrainer(
      ClusterSingleton singleton, RunContext run, RunObserver observer) {
    singleton.init(SingletonActor.of(Trainer.create(run, observer), "trainer"));
  }

  /** Ends everything; when this returns no thread and no native memory of the run is left. */
  @Override
  public void close() {
    system.terminate();
    awaitTermination();
    runners.forEach(LaneRunner::close);
    loop.close();
    blocking.shutdown();
  }

  /** Where the first device's time has gone; for when the run has ended. */
  public List<Timing> timings() {
    return runners.get(0).timings();
  }

  private void awaitTermination() {
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the actors did not end within " + STOP_LIMIT, e);
    }
  }
}
