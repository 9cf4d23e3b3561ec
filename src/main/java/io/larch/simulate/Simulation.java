package io.larch.simulate;

import io.larch.coordinate.Assignment;
import io.larch.coordinate.Assignment.Share;
import io.larch.coordinate.RunPlan;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Placement;
import io.larch.reduce.Timetable;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A run on a virtual cluster, from its {@link Schedule} alone. The leader, the followers, the
 * exchange of sums, the dealing of lanes and their placement are the classes of a real cluster;
 * processes, messages, streams, time, and the adversary are simulated.
 *
 * <p>Promises, checked all along: whatever a node commits is what the undisturbed run commits after
 * that step, and so is what a checkpoint keeps; nodes of a generation are never more than a step
 * apart; no step that was told is ever undone; the run ends soon after the last fault. A broken one
 * is {@link Broken}.
 */
public final class Simulation {
  private static final double DEATH_SECONDS = 0.5;
  private static final double PATIENCE_SECONDS = 20;
  private static final double SETTLE_SECONDS = 5;
  private static final long LIMIT_NS = Duration.ofMinutes(20).toNanos();

  /** What came of it. */
  public record Result(long virtualMilliseconds, int generations, int faults) {}

  /** The same for all who are told the same, so that thousands of nodes need not find it each. */
  private record Ways(List<SimulatedNode> peers, Placement placement) {
    private Ways(Assignment assignment, Map<String, SimulatedNode> nodes) {
      this(
          assignment.shares().stream().map(share -> nodes.get(share.node())).toList(),
          new Placement(assignment.owners(), ToyModel.SLICES));
    }
  }

  private final Schedule schedule;
  private final Rules rules;
  private final World world;
  private final Truth truth;
  private final LeaderSeat seat;
  private final Map<String, SimulatedNode> nodes = new TreeMap<>();

  /** Who has a run open and is no part of the adversary's past. */
  private final Set<SimulatedNode> members = new LinkedHashSet<>();

  private final IdentityHashMap<List<Share>, Ways> ways = new IdentityHashMap<>();
  private final Map<GenerationId, Map<SimulatedNode, Long>> steps = new HashMap<>();
  private long told;
  private int generations;
  private int faults;
  private int doomedFeeders;
  private boolean finished;

  private Simulation(Schedule schedule, Rules rules) {
    this.schedule = schedule;
    this.rules = rules;
    world = new World(new Chance(RandomStream.of(schedule.seed(), Purpose.SIMULATION).at(1)));
    truth = new Truth(schedule.lanes());
    RunPlan plan =
        new RunPlan(
            timetable(schedule.steps()), s -> 0.1, schedule.lanes(), 3, ToyModel.SLICES, false);
    seat = new LeaderSeat(this, plan);
  }

  private static Timetable timetable(int steps) {
    return new Timetable(4, 16, steps, steps, 1, true, true, 0, 5);
  }

  /**
   * Runs a schedule to its end.
   *
   * @throws Broken if a promise does not hold
   */
  public static Result run(Schedule schedule) {
    return run(schedule, Rules.ALL);
  }

  static Result run(Schedule schedule, Rules rules) {
    return new Simulation(schedule, rules).run();
  }

  /** A schedule's failure with the fewest faults that still show it; empty if it holds. */
  public static Optional<String> failure(Schedule schedule) {
    return failure(schedule, Rules.ALL);
  }

  static Optional<String> failure(Schedule schedule, Rules rules) {
    Optional<String> why = whyBroken(schedule, rules);
    if (why.isEmpty()) {
      return why;
    }
    for (Fault fault : schedule.faults()) {
      Optional<String> less = failure(schedule.without(fault), rules);
      if (less.isPresent()) {
        return less;
      }
    }
    return Optional.of(why.get() + "\n" + schedule);
  }

  private static Optional<String> whyBroken(Schedule schedule, Rules rules) {
    try {
      run(schedule, rules);
      return Optional.empty();
    } catch (RuntimeException broken) {
      return Optional.of(broken.toString());
    }
  }

  private Result run() {
    try {
      for (int i = 0; i < schedule.nodes(); i++) {
        start(Schedule.name(i));
      }
      seat.takeOver(false);
      schedule.faults().forEach(fault -> at(fault.at(), () -> strike(fault)));
      while (!finished) {
        if (world.time.nowNs() > LIMIT_NS || !world.time.advance()) {
          throw new Broken("no end after step %d, long after the last fault".formatted(told));
        }
      }
      return new Result(world.time.nowNs() / 1_000_000, generations, faults);
    } finally {
      nodes.values().forEach(SimulatedNode::die);
    }
  }

  private SimulatedNode start(String name) {
    SimulatedNode node =
        new SimulatedNode(name, 1 + world.chance.below(mostDevices(schedule.nodes())), this);
    nodes.put(name, node);
    members.add(node);
    return node;
  }

  /** Devices a node may have. */
  static int mostDevices(int nodes) {
    return nodes < 100 ? 2 : 1;
  }

  private void at(double seconds, Runnable action) {
    world.time.at((long) (seconds * 1e9), action);
  }

  private void after(double seconds, Runnable action) {
    world.time.after((long) (seconds * 1e9), action);
  }

  // The adversary

  private void strike(Fault fault) {
    if (finished) {
      return;
    }
    if (fault instanceof Fault.Join join) {
      join(join.node());
    } else if (fault instanceof Fault.CrashFeeder) {
      faults++;
      doomedFeeders++;
    } else if (fault instanceof Fault.Storm storm) {
      faults++;
      world.storm(storm.probability());
      at(storm.until(), () -> world.storm(0));
    } else if (fault instanceof Fault.Partition partition) {
      part(partition);
    } else {
      strikeOne(fault);
    }
  }

  private void join(String name) {
    faults++;
    SimulatedNode node = start(name);
    seat.joins(node);
  }

  private void strikeOne(Fault fault) {
    if (fault instanceof Fault.Crash crash) {
      ifThere(crash.node(), this::crash);
    } else if (fault instanceof Fault.Leave leave) {
      ifThere(leave.node(), this::leave);
    } else if (fault instanceof Fault.Pause pause) {
      ifThere(pause.node(), node -> pause(node, pause));
    } else if (fault instanceof Fault.Break broken) {
      ifThere(broken.node(), SimulatedNode::breakWorker);
    } else if (fault instanceof Fault.Forget forgetful) {
      ifThere(forgetful.node(), SimulatedNode::forget);
    } else if (fault instanceof Fault.Slow slow) {
      ifThere(
          slow.node(),
          node -> {
            node.slowDown(slow.factor());
            at(slow.until(), () -> node.slowDown(1));
          });
    }
  }

  private void ifThere(String name, Consumer<SimulatedNode> strike) {
    SimulatedNode node = nodes.get(name);
    if (node != null && node.isAlive() && members.contains(node)) {
      faults++;
      strike.accept(node);
    }
  }

  /** Whether a node that is about to feed another dies of it. */
  boolean dooms(SimulatedNode feeder) {
    boolean doomed = doomedFeeders > 0 && members.contains(feeder) && canLose(Set.of(feeder));
    if (doomed) {
      doomedFeeders--;
      crash(feeder);
    }
    return doomed;
  }

  private void crash(SimulatedNode node) {
    if (canLose(Set.of(node))) {
      node.die();
      after(world.chance.below(1000) * 1e-3 * DEATH_SECONDS, () -> gone(node, false));
    }
  }

  private void gone(SimulatedNode node, boolean planned) {
    if (members.remove(node)) {
      seat.gone(node, planned);
    }
  }

  /** Whether somebody with the state of the last step told remains. */
  private boolean canLose(Set<SimulatedNode> lost) {
    return members.stream()
        .filter(node -> node.isAlive() && !lost.contains(node))
        .anyMatch(node -> node.committedStep() >= told);
  }

  private void leave(SimulatedNode node) {
    if (canLose(Set.of(node))) {
      node.leave();
      seat.leaves(node.name);
    }
  }

  /** Longer than patience lasts, it is judged dead; when it wakes, it is told and ends. */
  private void pause(SimulatedNode node, Fault.Pause pause) {
    node.pauseUntil((long) (pause.until() * 1e9));
    if (pause.until() - pause.at() > PATIENCE_SECONDS) {
      after(PATIENCE_SECONDS, () -> judge(Set.of(node), pause.until() + 0.05));
    }
  }

  /** The smaller side is judged dead by the greater, and by itself, once patience is at its end. */
  private void part(Fault.Partition partition) {
    faults++;
    world.part(partition.nodes(), (long) (partition.until() * 1e9));
    if (partition.until() - partition.at() > SETTLE_SECONDS) {
      after(SETTLE_SECONDS, () -> judge(smallerSide(partition.nodes()), 0));
    }
  }

  private Set<SimulatedNode> smallerSide(Set<String> names) {
    Set<SimulatedNode> inside = new LinkedHashSet<>(members);
    inside.removeIf(node -> !names.contains(node.name));
    Set<SimulatedNode> outside = new LinkedHashSet<>(members);
    outside.removeAll(inside);
    boolean insideIsLess =
        inside.size() < outside.size() || (inside.size() == outside.size() && !isFirstIn(inside));
    Set<SimulatedNode> less = insideIsLess ? inside : outside;
    return canLose(less) ? less : Set.of();
  }

  private boolean isFirstIn(Set<SimulatedNode> side) {
    return side.contains(members().get(0));
  }

  private void judge(Set<SimulatedNode> dead, double endsAtSeconds) {
    if (canLose(dead)) {
      for (SimulatedNode node : List.copyOf(dead)) {
        gone(node, false);
        at(endsAtSeconds, node::die);
      }
    }
  }

  // What the virtual cluster asks and says

  World world() {
    return world;
  }

  Rules rules() {
    return rules;
  }

  SimulatedNode node(String name) {
    return nodes.get(name);
  }

  /** All that are not known to be gone, by name. */
  List<SimulatedNode> members() {
    return nodes.values().stream().filter(members::contains).toList();
  }

  SimulatedReduction reduction(SimulatedNode node, Assignment assignment) {
    Ways common = ways.computeIfAbsent(assignment.shares(), shares -> new Ways(assignment, nodes));
    return new SimulatedReduction(
        node, world, rules, assignment, common.peers, common.placement, schedule.lanes());
  }

  void released(String name) {
    SimulatedNode node = node(name);
    node.die();
    gone(node, true);
  }

  void finished(SimulatedNode home) {
    if (home.committedStep() != schedule.steps()) {
      throw new Broken("finished after step " + home.committedStep());
    }
    finished = true;
  }

  /** A run fails only where everybody was told to leave. */
  void failed(String reason) {
    if (!members().stream().allMatch(SimulatedNode::isLeaving)) {
      throw new Broken("the run failed: " + reason);
    }
    finished = true;
  }

  // Promises

  void check(SimulatedNode node, long step, long[] state) {
    if (!Arrays.equals(state, truth.after(step))) {
      throw new Broken("%s commits other bits after step %d".formatted(node.name, step));
    }
  }

  void checkKept(SimulatedNode node, long step, long[] state) {
    if (!Arrays.equals(state, truth.after(step))) {
      throw new Broken("%s keeps other bits of step %d".formatted(node.name, step));
    }
  }

  void takenUp(SimulatedNode node, GenerationId generation) {
    long from = node.committedStep();
    if (members.contains(node) && from < told) {
      throw new Broken("step %d was told, and %s goes on from %d".formatted(told, node.name, from));
    }
    steps.computeIfAbsent(generation, first -> new HashMap<>()).put(node, from);
  }

  void committed(SimulatedNode node, GenerationId generation, long step) {
    Map<SimulatedNode, Long> all = steps.get(generation);
    all.put(node, step);
    long least = all.values().stream().mapToLong(Long::longValue).min().orElseThrow();
    if (step - least > 1) {
      throw new Broken("%s is at step %d, another at %d".formatted(node.name, step, least));
    }
  }

  void generationDecided() {
    generations++;
  }

  void stepTold(long step) {
    told = Math.max(told, step);
  }
}
