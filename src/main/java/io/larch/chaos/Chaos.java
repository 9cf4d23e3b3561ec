package io.larch.chaos;

import io.larch.observe.Event;
import io.larch.run.Failure;
import io.larch.web.Status;
import io.larch.web.Status.NodeStatus;
import io.larch.web.Status.State;
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

/** Trains on a cluster of this machine and disturbs it. */
public final class Chaos implements AutoCloseable {
  private static final Duration NAP = Duration.ofSeconds(5);
  private static final double NANO = 1e-9;
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final String CHECKPOINT = "/larch/run/checkpoint";
  private static final String STOP = "/larch/run/stop";
  private static final Set<State> ENDED =
      EnumSet.of(State.DONE, State.STOPPED, State.REFUSED, State.FAILED, State.DIVERGED);

  private final LocalCluster cluster;
  private long lowest;

  /**
   * What is done.
   *
   * @param options settings of each node, {@code key=value}
   * @param every from the beginning of a fault to that of the next, at least
   * @param patience with a cluster that does not get on
   * @param stop whether the run is stopped after the faults instead of trained to its end
   * @param checkpoints whether the nodes have folders for them, as {@link Fault#DISK} needs
   */
  public record Order(
      int nodes,
      List<String> options,
      Iterator<Fault> faults,
      Duration every,
      Duration patience,
      boolean stop,
      boolean checkpoints) {}

  /**
   * How it ended.
   *
   * @param weights SHA-256 of the weights after the last step
   * @param applied how many faults were
   * @param outlasted whether the run was longer than the faults
   */
  public record Outcome(String weights, int applied, boolean outlasted, long steps) {}

  private Chaos(LocalCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Trains and disturbs.
   *
   * @param run a run file
   * @param told is given what each fault did
   * @throws Failure when the run or a node does not come back
   */
  public static Outcome run(Order order, String run, Consumer<Cost> told) {
    try (Chaos chaos =
        new Chaos(
            LocalCluster.start(
                order.nodes(), order.options(), order.patience(), order.checkpoints()))) {
      chaos.cluster.awake().get(0).submit(run);
      chaos.awaitStepAfter(0);
      int applied = chaos.disturb(order, told);
      boolean outlasted = !order.faults().hasNext();
      if (order.stop()) {
        chaos.cluster.awake().get(0).order(STOP);
      }
      Event.Result end = chaos.awaitEnd();
      return new Outcome(end.weightsSha256(), applied, outlasted, end.step());
    }
  }

  private int disturb(Order order, Consumer<Cost> told) {
    int applied = 0;
    while (order.faults().hasNext() && isGoing()) {
      long began = System.nanoTime();
      apply(order.faults().next()).ifPresent(told);
      applied++;
      while (isGoing() && System.nanoTime() - began < order.every().toNanos()) {
        LocalCluster.pause(LOOK);
      }
    }
    return applied;
  }

  /** Nothing to tell if the run ended before the next step. */
  private Optional<Cost> apply(Fault fault) {
    Status before = now();
    lowest = before.step();
    long began = System.nanoTime();
    List<String> struck = strike(fault);
    awaitStepAfter(before.step());
    double toNextStep = (System.nanoTime() - began) * NANO;
    heal(fault);
    cluster.await(this::isWhole, () -> "all nodes train after " + fault.word());
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
                cluster.vitals()));
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
    List<Member> others = new ArrayList<>(cluster.awake());
    others.remove(leader);
    Collections.reverse(others);
    return others;
  }

  private static List<String> kill(List<Member> victims) {
    List<String> names = victims.stream().map(Member::address).toList();
    victims.forEach(Member::kill);
    return names;
  }

  private List<String> leave(Member leaver) {
    String name = leaver.address();
    leaver.leave();
    cluster.await(() -> !leaver.isAlive(), () -> name + " has left");
    return List.of(name);
  }

  private static List<String> nap(Member sleeper) {
    sleeper.sleep();
    LocalCluster.pause(NAP);
    sleeper.wake();
    return List.of(sleeper.address());
  }

  private List<String> sleepTooLong(Member sleeper) {
    String name = sleeper.address();
    sleeper.sleep();
    cluster.await(() -> !cluster.up().contains(name), () -> name + " is taken out");
    awaitStepAfter(now().step());
    sleeper.wake();
    cluster.await(
        () -> {
          sleeper.learnAddress();
          return cluster.up().contains(sleeper.address());
        },
        () -> name + " has joined again");
    return List.of(name);
  }

  /** The node says so and is fed, in the generation that begins because of it. */
  private List<String> flip(Member victim) {
    Status before = now();
    victim.order("/larch/node/flip-bit");
    awaitWarning(Set.copyOf(before.warnings()), "not those committed");
    cluster.await(
        () -> !isGoing() || now().generation() > before.generation(),
        () -> "a generation begins in which " + victim.address() + " is fed");
    awaitStepAfter(now().step());
    return List.of(victim.address());
  }

  /** The node says so and trains on; once there is room again, its checkpoint is written. */
  private List<String> fillDisk(Member keeper) {
    Set<String> before = Set.copyOf(now().warnings());
    Folder folder = keeper.folder();
    folder.whileBlocked(
        () -> {
          keeper.order(CHECKPOINT);
          awaitWarning(before, "could not be written");
        });
    Set<Path> kept = folder.checkpoints();
    keeper.order(CHECKPOINT);
    cluster.await(
        () -> !isGoing() || !kept.containsAll(folder.checkpoints()),
        () -> keeper.address() + " writes a checkpoint now that it can");
    return List.of(keeper.address());
  }

  private void awaitWarning(Set<String> before, String words) {
    cluster.await(
        () -> {
          Status status = now();
          return hasEnded(status)
              || status.warnings().stream()
                  .anyMatch(text -> text.contains(words) && !before.contains(text));
        },
        () -> "the run warns of what was done to it: … " + words + " …");
  }

  /** For each node that is gone another joins. */
  private void heal(Fault fault) {
    for (int i = 0; i < fault.losses(); i++) {
      cluster.join();
    }
  }

  private boolean isWhole() {
    Status status = now();
    Set<String> training = new HashSet<>();
    status.nodes().stream().map(NodeStatus::address).forEach(training::add);
    return hasEnded(status) || training.equals(cluster.addresses());
  }

  private void awaitStepAfter(long step) {
    cluster.await(
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
    Status status = cluster.awaitAnswer(cluster::status, () -> "a node tells how the run goes");
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
    return cluster.awaitAnswer(
        () -> cluster.status().map(Status::result), () -> "the node asked tells the result");
  }

  @Override
  public void close() {
    cluster.close();
  }
}
