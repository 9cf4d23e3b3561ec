package io.larch.chaos;

import io.larch.observe.Event;
import io.larch.run.Failure;
import io.larch.web.RunControl.Harm;
import io.larch.web.Status;
import io.larch.web.Status.NodeStatus;
import io.larch.web.Status.State;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Trains on a cluster and disturbs it. */
public final class Chaos implements AutoCloseable {
  private static final Duration NAP = Duration.ofSeconds(5);
  private static final double NANO = 1e-9;
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final String CHECKPOINT = "/larch/run/checkpoint";
  private static final String STOP = "/larch/run/stop";
  private static final Set<State> ENDED =
      EnumSet.of(State.DONE, State.STOPPED, State.REFUSED, State.FAILED, State.DIVERGED);

  private final Cluster cluster;
  private final Patience patience;
  private long lowest;

  /**
   * What is done.
   *
   * @param every from the beginning of a fault to that of the next, at least
   * @param stop whether the run is stopped after the faults instead of trained to its end
   */
  public record Order(Iterator<Fault> faults, Duration every, boolean stop) {}

  /**
   * How it ended.
   *
   * @param weights SHA-256 of the weights after the last step
   * @param applied how many faults were
   * @param outlasted whether the run was longer than the faults
   */
  public record Outcome(String weights, int applied, boolean outlasted, long steps) {}

  private Chaos(Cluster cluster, Patience patience) {
    this.cluster = cluster;
    this.patience = patience;
  }

  /**
   * On a cluster of this machine that is started for it, and ends with it.
   *
   * @param settings of each node, {@code key=value}
   * @param patience with a cluster that does not get on
   * @param checkpoints whether the nodes have folders for them, as {@link Fault#DISK} needs
   */
  public static Chaos here(
      int nodes, List<String> settings, Duration patience, boolean checkpoints) {
    Patience patient = new Patience(patience);
    return new Chaos(LocalCluster.start(nodes, settings, patient, checkpoints), patient);
  }

  /**
   * On a cluster that runs.
   *
   * @param endpoints management endpoints of the nodes that may be disturbed
   * @param token that their orders need; empty for none
   * @param patience with a cluster that does not get on, and with whoever starts its nodes anew
   */
  public static Chaos at(List<URI> endpoints, String token, Duration patience) {
    Patience patient = new Patience(patience);
    return new Chaos(new NamedCluster(endpoints, token, patient), patient);
  }

  /**
   * Trains a run.
   *
   * @param run a run file
   * @param told is given what each fault did
   * @throws Failure when the run or a node does not come back; the run is stopped then
   */
  public Outcome run(Order order, String run, Consumer<Cost> told) {
    cluster.members().get(0).submit(run);
    try {
      awaitStepAfter(0);
      int applied = disturb(order, told);
      boolean outlasted = !order.faults().hasNext();
      if (order.stop()) {
        stop();
      }
      Event.Result end = awaitEnd();
      return new Outcome(end.weightsSha256(), applied, outlasted, end.step());
    } catch (RuntimeException e) {
      Patience.inAnyCase(() -> stopAfter(e));
      throw e;
    }
  }

  private void stop() {
    cluster.members().get(0).order(STOP);
  }

  private void stopAfter(RuntimeException failure) {
    try {
      stop();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private int disturb(Order order, Consumer<Cost> told) {
    int applied = 0;
    while (order.faults().hasNext() && isGoing()) {
      long began = System.nanoTime();
      apply(order.faults().next()).ifPresent(told);
      applied++;
      while (isGoing() && System.nanoTime() - began < order.every().toNanos()) {
        Patience.pause(LOOK);
      }
    }
    return applied;
  }

  /** Nothing to tell if the run ended before the next step. */
  private Optional<Cost> apply(Fault fault) {
    requireNodes(fault);
    Status before = now();
    lowest = before.step();
    long began = System.nanoTime();
    List<String> struck = strike(fault);
    awaitStepAfter(before.step());
    double toNextStep = (System.nanoTime() - began) * NANO;
    List<String> missed = cluster.replace(fault.losses());
    patience.await(this::isWhole, () -> "all nodes train after " + fault.word());
    double toWhole = (System.nanoTime() - began) * NANO;
    Status after = now();
    return hasEnded(after)
        ? Optional.empty()
        : Optional.of(
            new Cost(
                fault.word(),
                struck,
                before.step(),
                toNextStep,
                before.step() - lowest,
                after.generation() - before.generation(),
                toWhole,
                missed,
                cluster.vitals().orElse(null)));
  }

  private void requireNodes(Fault fault) {
    int left = cluster.members().size();
    if (left < fault.nodesNeeded()) {
      throw new Failure(
          Failure.Kind.FAILED,
          "%s takes %d nodes, and %d are left, as nobody has started others for those that are gone."
              .formatted(fault.word(), fault.nodesNeeded(), left),
          null);
    }
  }

  private List<String> strike(Fault fault) {
    return switch (fault) {
      case KILL -> kill(List.of(followers().get(0)));
      case KILL_LEADER -> kill(List.of(cluster.leader()));
      case KILL_OPTIMIZERS -> kill(List.of(cluster.busiest()));
      case KILL_TWO -> kill(followers().subList(0, 2));
      case STOP -> nap(followers().get(0));
      case SLEEP -> sleepTooLong(followers().get(0));
      case JOIN -> List.of(cluster.join().address());
      case LEAVE -> leave(followers().get(0));
      case FLIP -> flip(followers().get(0));
      case DISK -> fillDisk(cluster.leader());
    };
  }

  /** The newest first. */
  private List<Member> followers() {
    Member leader = cluster.leader();
    List<Member> others = new ArrayList<>(cluster.members());
    others.remove(leader);
    Collections.reverse(others);
    return others;
  }

  private List<String> kill(List<Member> victims) {
    List<String> names = victims.stream().map(Member::address).toList();
    victims.forEach(cluster::kill);
    return names;
  }

  private List<String> leave(Member leaver) {
    String name = leaver.address();
    leaver.suffer(Harm.LEAVE);
    awaitGone(name);
    return List.of(name);
  }

  private void awaitGone(String name) {
    patience.await(() -> !cluster.up().contains(name), () -> name + " is no member any more");
  }

  private List<String> nap(Member sleeper) {
    sleeper.suffer(Harm.PAUSE);
    Patience.pause(NAP);
    patience.await(sleeper::look, () -> sleeper.address() + " goes on");
    return List.of(sleeper.address());
  }

  private List<String> sleepTooLong(Member sleeper) {
    String name = sleeper.address();
    sleeper.suffer(Harm.SLEEP);
    awaitGone(name);
    awaitStepAfter(now().step());
    patience.await(
        () -> sleeper.look() && cluster.up().contains(sleeper.address()),
        () -> name + " joins again");
    return List.of(name);
  }

  /** The node says so and is fed, in the generation that begins because of it. */
  private List<String> flip(Member victim) {
    Status before = now();
    victim.suffer(Harm.FLIP_BIT);
    awaitWarning(Set.copyOf(before.warnings()), "not those committed");
    patience.await(
        () -> !isGoing() || now().generation() > before.generation(),
        () -> "a generation begins in which " + victim.address() + " is fed");
    awaitStepAfter(now().step());
    return List.of(victim.address());
  }

  /** The node says so and trains on; once there is room again, its checkpoint is written. */
  private List<String> fillDisk(Member keeper) {
    Set<String> before = Set.copyOf(now().warnings());
    Folder folder = cluster.folder(keeper);
    folder.whileBlocked(
        () -> {
          keeper.order(CHECKPOINT);
          awaitWarning(before, "could not be written");
        });
    Set<Path> kept = folder.checkpoints();
    keeper.order(CHECKPOINT);
    patience.await(
        () -> !isGoing() || !kept.containsAll(folder.checkpoints()),
        () -> keeper.address() + " writes a checkpoint now that it can");
    return List.of(keeper.address());
  }

  private void awaitWarning(Set<String> before, String words) {
    patience.await(
        () -> {
          Status status = now();
          return hasEnded(status)
              || status.warnings().stream()
                  .anyMatch(text -> text.contains(words) && !before.contains(text));
        },
        () -> "the run warns of what was done to it: … " + words + " …");
  }

  private boolean isWhole() {
    Status status = now();
    Set<String> training = new HashSet<>();
    status.nodes().stream().map(NodeStatus::address).forEach(training::add);
    return hasEnded(status) || training.containsAll(cluster.addresses());
  }

  private void awaitStepAfter(long step) {
    patience.await(
        () -> {
          Status status = now();
          return status.step() > step || hasEnded(status);
        },
        () -> "step " + (step + 1) + " is committed");
  }

  private boolean isGoing() {
    return !hasEnded(now());
  }

  /** A node that has just joined may know of no run yet, which is no end. */
  private static boolean hasEnded(Status status) {
    return ENDED.contains(status.state());
  }

  private Status now() {
    Status status = patience.awaitAnswer(cluster::status, () -> "a node tells how the run goes");
    if (status.step() > 0) {
      lowest = Math.min(lowest, status.step());
    }
    return status;
  }

  private Event.Result awaitEnd() {
    while (isGoing()) {
      awaitStepAfter(now().step());
    }
    Status end = now();
    if (end.state() != State.DONE && end.state() != State.STOPPED) {
      throw new Failure(
          Failure.Kind.FAILED,
          "The run ended as %s: %s".formatted(end.state(), end.reason()),
          null);
    }
    return patience.awaitAnswer(
        () -> cluster.status().map(Status::result), () -> "the node asked tells the result");
  }

  @Override
  public void close() {
    cluster.close();
  }
}
