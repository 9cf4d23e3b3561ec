package io.larch.simulate;

import io.larch.compute.Outcome;
import io.larch.coordinate.Assignment;
import io.larch.coordinate.Assignment.Share;
import io.larch.coordinate.EvaluationOutcome;
import io.larch.coordinate.Follower;
import io.larch.coordinate.LaneOutcome;
import io.larch.coordinate.Laps;
import io.larch.coordinate.Leader;
import io.larch.coordinate.NodeLedger;
import io.larch.coordinate.NormDesk;
import io.larch.coordinate.Party;
import io.larch.coordinate.StepFigures;
import io.larch.coordinate.StepOutcome;
import io.larch.coordinate.StepReport;
import io.larch.observe.DevicePhases;
import io.larch.observe.NodePhases;
import io.larch.reduce.DevicePlan;
import io.larch.reduce.DevicePlan.LaneStep;
import io.larch.reduce.DevicePlan.Merge;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Lanes;
import io.larch.reduce.Slice;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A node: the real {@link Follower}, and parts that do in virtual time what a node's parts do. */
final class SimulatedNode extends World.Mortal {
  private static final long TICK_NS = Duration.ofSeconds(1).toNanos();
  private static final long STALL_LIMIT_NS = Duration.ofSeconds(20).toNanos();
  private static final long LEAST_WRITE_NS = Duration.ofMillis(1).toNanos();
  private static final long MOST_WRITE_NS = Duration.ofSeconds(2).toNanos();

  private final Simulation simulation;
  private final World world;
  private final int devices;
  private final Follower follower;
  private LeaderSeat.Term leader;
  private long[] committed = ToyModel.initial();
  private long[] staged = ToyModel.initial();
  private SimulatedReduction reduction;
  private List<Lanes> lanes = List.of();
  private final Map<String, NormDesk<SimulatedNode>> desks = new HashMap<>();
  private final Map<Integer, Long> fedSlices = new TreeMap<>();
  private GenerationId fedIn = GenerationId.NONE;
  private int slowness = 1;
  private long attempts;
  private long progress;
  private boolean leaving;

  SimulatedNode(String name, int devices, Simulation simulation) {
    super(name);
    this.simulation = simulation;
    this.devices = devices;
    world = simulation.world();
    follower =
        new Follower(
            new NodeLedger(Set.copyOf(ToyModel.layers()), devices, 0),
            0,
            STALL_LIMIT_NS,
            world.time::nowNs,
            new SimulatedParts(),
            new ReportsToLeader());
    tick();
  }

  private void tick() {
    follower.tick(progress, "peers", "slices");
    world.work(this, TICK_NS, this::tick);
  }

  Party party() {
    return new Party(name, null, devices);
  }

  long committedStep() {
    return follower.committed();
  }

  /** State of a slice after the last committed step. */
  long committed(Slice slice) {
    return committed[slice.id()];
  }

  void slowDown(int factor) {
    slowness = factor;
  }

  void leave() {
    leaving = true;
  }

  boolean isLeaving() {
    return leaving;
  }

  /** A worker throws and is restarted. */
  void breakWorker() {
    attempts++;
    follower.workerRestarted(0);
  }

  @Override
  void die() {
    super.die();
    closeReduction();
  }

  private void closeReduction() {
    if (reduction != null) {
      reduction.close();
      reduction = null;
    }
  }

  /** Of a layer whose optimizer lives here. */
  NormDesk<SimulatedNode> desk(String layer) {
    return desks.computeIfAbsent(layer, name -> new NormDesk<>(ToyModel.layer(name)));
  }

  /** Those begin again. */
  void forget() {
    desks.clear();
  }

  void arrived(Consumer<SimulatedReduction> news) {
    if (reduction != null) {
      news.accept(reduction);
    }
  }

  void layerStaged(GenerationId generation, long step, String layer) {
    follower.layerStaged(generation, step, layer);
  }

  void stage(Slice slice, FloatBuffer sum, double ratio) {
    progress++;
    staged[slice.id()] = ToyModel.next(committed[slice.id()], sum, ratio);
  }

  // Orders

  void prepare(GenerationId generation, boolean afterLease, LeaderSeat.Term from) {
    if (follower.generation().isNewerThan(generation)) {
      long counter = follower.generation().counter();
      world.tell(this, from.home(), () -> from.tell(l -> l.outbid(generation, counter)));
      return;
    }
    if (follower.prepare(generation, afterLease)) {
      leader = from;
    }
  }

  void follow(Consumer<Follower> order) {
    order.accept(follower);
  }

  // What its parts do

  private final class SimulatedParts implements Follower.Parts {
    @Override
    public void freeze(GenerationId generation) {
      closeReduction();
      attempts++;
      world.work(SimulatedNode.this, () -> follower.reductionFrozen(generation));
    }

    @Override
    public void halt(GenerationId generation, int worker) {
      world.work(SimulatedNode.this, () -> follower.workerHalted(generation, worker));
    }

    @Override
    public void takeUp(Assignment assignment, long firstStep) {
      lanes = assignment.devices();
      reduction = simulation.reduction(SimulatedNode.this, assignment);
      simulation.takenUp(SimulatedNode.this, assignment.generation());
      GenerationId generation = assignment.generation();
      world.work(SimulatedNode.this, () -> follower.connected(generation));
      for (int worker = 0; worker < devices; worker++) {
        int each = worker;
        world.work(SimulatedNode.this, () -> follower.workerAssigned(generation, each));
      }
    }

    @Override
    public void feed(GenerationId generation, Share to, List<Integer> slices) {
      if (simulation.dooms(SimulatedNode.this)) {
        return;
      }
      SimulatedNode peer = simulation.node(to.node());
      long step = follower.committed();
      for (int slice : slices) {
        long state = committed[slice];
        world.send(
            SimulatedNode.this, peer, "state", () -> peer.fed(generation, step, slice, state));
      }
      world.work(SimulatedNode.this, () -> follower.fed(generation, to.node()));
    }

    @Override
    public void takeState(GenerationId generation, long step, List<Share> from) {
      stateStagedWhenWhole(generation, step);
    }

    @Override
    public void adopt(long step) {
      fedSlices.forEach((slice, state) -> staged[slice] = state);
      moveOn(step);
    }

    @Override
    public void runStep(GenerationId generation, long step) {
      for (int worker = 0; worker < devices; worker++) {
        compute(generation, step, worker);
      }
    }

    @Override
    public StepFigures commit(GenerationId generation, long step, List<StepOutcome> outcomes) {
      moveOn(step);
      reduction.retire(step);
      simulation.committed(SimulatedNode.this, generation, step);
      List<DevicePhases> phases =
          outcomes.stream()
              .map(outcome -> new DevicePhases(0, 0, 0, outcome.laps().backwardNs() * 1e-9, 0))
              .toList();
      NodePhases measured = new NodePhases(name, phases, 0, 0, null, null);
      return new StepFigures(measured, Arrays.hashCode(committed), List.of());
    }

    @Override
    public void search(GenerationId generation, long step, String layer) {
      throw new Broken("a simulated gradient is never searched for values that are not finite");
    }

    @Override
    public void evaluate(GenerationId generation, int worker, int from, int to) {
      List<Outcome> batches = Collections.nCopies(to - from, Outcome.NONE);
      EvaluationOutcome outcome = new EvaluationOutcome(batches, 0);
      world.work(SimulatedNode.this, () -> follower.workerEvaluated(generation, worker, outcome));
    }

    @Override
    public void writeCheckpoint() {
      long step = follower.committed();
      long[] state = committed;
      long ns = world.chance.between(LEAST_WRITE_NS, MOST_WRITE_NS);
      world.work(SimulatedNode.this, ns, () -> written(step, state));
    }
  }

  /** What is read until it is written must not have changed by then. */
  private void written(long step, long[] state) {
    simulation.checkKept(this, step, state);
    follower.checkpointEnded("folder", "");
  }

  private void moveOn(long step) {
    long[] before = committed;
    committed = staged;
    staged = before;
    simulation.check(this, step, committed);
  }

  private void fed(GenerationId generation, long step, int slice, long state) {
    if (!follower.isPromised(generation)) {
      return;
    }
    if (!generation.equals(fedIn)) {
      fedIn = generation;
      fedSlices.clear();
    }
    progress++;
    fedSlices.put(slice, state);
    stateStagedWhenWhole(generation, step);
  }

  private void stateStagedWhenWhole(GenerationId generation, long step) {
    if (generation.equals(fedIn) && fedSlices.size() == ToyModel.SLICES.size()) {
      world.work(this, () -> follower.stateStaged(generation, step));
    }
  }

  /** A device's lanes, layer by layer from the last to the first, then the report. */
  private void compute(GenerationId generation, long step, int worker) {
    DevicePlan plan = DevicePlan.of(lanes.get(worker));
    long attempt = attempts;
    long[] state = committed;
    long ns = 0;
    List<String> layers = new ArrayList<>(ToyModel.layers());
    Collections.reverse(layers);
    for (String layer : layers) {
      ns += world.chance.between(1_000_000, 40_000_000) * slowness * plan.lanes().size();
      world.work(this, ns, () -> backward(attempt, plan, state, layer, step));
    }
    List<LaneOutcome> outcomes =
        plan.lanes().stream().map(lane -> new LaneOutcome(lane.lane(), Outcome.NONE, 0)).toList();
    StepOutcome outcome = new StepOutcome(outcomes, 0, new Laps(0, 0, 0, ns, 0));
    world.work(
        this,
        ns + 1,
        () -> {
          if (attempt == attempts) {
            follower.workerFinished(generation, step, worker, outcome);
          }
        });
  }

  private void backward(long attempt, DevicePlan plan, long[] state, String layer, long step) {
    if (attempt != attempts) {
      return;
    }
    progress++;
    List<Slice> slices = ToyModel.layer(layer);
    float[][] slots = new float[plan.slots()][];
    for (LaneStep lane : plan.lanes()) {
      slots[lane.slot()] = gradient(state, slices, step, lane.lane());
      sum(lane, slots);
      lane.block()
          .ifPresent(block -> reduction.finished(step, layer, block, slots[lane.blockSlot()]));
    }
  }

  private void sum(LaneStep lane, float[][] slots) {
    if (simulation.rules().addsByTree()) {
      lane.merges().forEach(merge -> add(slots, merge));
    } else if (lane.slot() != lane.blockSlot()) {
      add(slots, new Merge(lane.blockSlot(), lane.slot()));
    }
  }

  private static float[] gradient(long[] state, List<Slice> slices, long step, int lane) {
    float[] gradient = new float[slices.size() * ToyModel.FLOATS];
    for (int i = 0; i < slices.size(); i++) {
      Slice slice = slices.get(i);
      float[] part = ToyModel.gradient(state[slice.id()], slice, step, lane);
      System.arraycopy(part, 0, gradient, i * ToyModel.FLOATS, part.length);
    }
    return gradient;
  }

  private static void add(float[][] slots, Merge merge) {
    float[] into = slots[merge.left()];
    for (int i = 0; i < into.length; i++) {
      into[i] += slots[merge.right()][i];
    }
  }

  // Reports

  private void report(Consumer<Leader> news) {
    LeaderSeat.Term to = leader;
    world.tell(this, to.home(), () -> to.tell(news));
  }

  private final class ReportsToLeader implements Follower.Reports {
    @Override
    public void prepared(
        GenerationId generation, long at, boolean damaged, long settled, List<Lanes> had) {
      long hash = Arrays.hashCode(committed);
      report(l -> l.prepared(generation, name, at, hash, damaged, settled, had));
    }

    @Override
    public void stateComes(GenerationId generation) {
      report(l -> l.stateComes(generation, name));
    }

    @Override
    public void stateTaken(GenerationId generation, long step) {
      report(l -> l.stateTaken(generation, name, step));
    }

    @Override
    public void begun(GenerationId generation) {
      report(l -> l.begun(generation, name));
    }

    @Override
    public void committed(GenerationId generation, StepReport done) {
      report(l -> l.committed(generation, name, done));
    }

    @Override
    public void disturbed(GenerationId generation, String reason) {
      report(l -> l.disturbed(generation, name + ": " + reason));
    }

    @Override
    public void diverged(GenerationId generation, long step, String layer, List<Integer> found) {
      report(l -> l.diverged(generation, name, step, layer, found));
    }

    @Override
    public void evaluated(
        GenerationId generation, long step, List<Outcome> batches, double dataWaitSeconds) {
      report(l -> l.evaluated(generation, name, step, batches, dataWaitSeconds));
    }

    @Override
    public void checkpointEnded(GenerationId generation, long step, String folder, String failure) {
      report(l -> l.checkpointEnded(generation, name, step, folder, failure));
    }
  }
}
