package io.larch.run;

import io.larch.compute.Timing;
import io.larch.config.RunSettings;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.optim.Optimizers;
import io.larch.optim.UpdateBenchmark;
import io.larch.plan.Costs;
import io.larch.plan.Forecast;
import io.larch.plan.LayerTime;
import io.larch.plan.Link;
import io.larch.plan.Machine;
import io.larch.plan.Reduction;
import io.larch.plan.Spread;
import io.larch.plan.Workload;
import io.larch.reduce.Slice;
import io.larch.reduce.Timetable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Measures this machine for a plan: a few real steps of the run's network on random samples, layer
 * by layer, and the optimizer beside a plain copy. Devices that compute at the same time are
 * measured at the same time, as each is slower then. A plan of the measured step says how much of a
 * layer's time the step's additions and updates have taken, which are planned beside it; and what
 * is left when that plan is taken from the whole step is what a step takes beyond all these.
 */
public final class Calibration {
  private static final int REPEATS = 10;
  private static final double MESSAGE_SECONDS = 200e-6;
  private static final int ADDED_BYTES = 12;
  private static final int COPIED_BYTES = 8;
  private static final Link NO_LINK = Link.parse("100gbe");

  private final RunSettings settings;
  private final int devices;
  private final int steps;
  private final Optional<Reduction> reduction;
  private final Map<Integer, Machine> measured = new HashMap<>();

  /**
   * @param devices of a node
   * @param steps measured
   * @param reduction what was measured between two nodes like this machine; without it, a value
   *     handed over costs what copying it does
   */
  public Calibration(RunSettings settings, int devices, int steps, Optional<Reduction> reduction) {
    this.settings = settings;
    this.devices = devices;
    this.steps = steps;
    this.reduction = reduction;
  }

  /**
   * The work of a run's step, on samples of the network's usual size.
   *
   * @param samples of an epoch
   */
  public static Workload work(RunSettings settings, long samples) {
    return new Workload(
        settings.model().name(),
        settings.lanes(),
        settings.microBatchesPerLane(),
        settings.microBatch(),
        Slice.cut(network(settings).layout(), settings.sliceBytes()),
        settings.wire(),
        settings.decidesOverAllLayers(),
        samples,
        Timetable.of(settings, samples).lastStep(),
        Optimizers.of(settings.optimizer()).buffers().size());
  }

  private static Network network(RunSettings settings) {
    String model = settings.model().name();
    return Networks.build(
        settings.model(), Networks.usualInput(model), Networks.usualClasses(model));
  }

  /** A node, when so many share this machine; measures what is not known yet. */
  public Machine machine(int nodes) {
    int atATime = Math.max(1, cores() / settings.threadsPerDevice());
    int busy = Math.max(devices, Math.min(nodes * devices, atATime));
    return measured.computeIfAbsent(busy, this::measure);
  }

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  private Machine measure(int busy) {
    RunSettings step = oneStep(settings, busy);
    StepBenchmark.Rates rates = StepBenchmark.measure(step, steps, true);
    Workload work = work(step, 1);
    UpdateBenchmark.Result update = UpdateBenchmark.run(work.floats(), REPEATS);
    Costs costs = costs(update);
    List<LayerTime> disturbed = layers(rates);
    double slowdown =
        alone(machine(busy, disturbed, costs), work).step().compute()
            / alone(machine(busy, disturbed, Costs.NONE), work).step().compute();
    List<LayerTime> layers = disturbed.stream().map(layer -> layer.times(1 / slowdown)).toList();
    Forecast modelled = alone(machine(busy, layers, costs), work);
    double seconds = step.globalBatch() / rates.imagesPerSecond();
    Long peak = rates.peakRssBytes();
    Machine node =
        machine(devices, layers, costs.withStanding(Costs.USUAL_STANDING))
            .withRest(
                Math.max(0, seconds - modelled.step().seconds()),
                peak == null ? 0 : Math.max(0, peak - modelled.memoryBytes()));
    return reduction.map(node::withReduction).orElse(node);
  }

  private static Forecast alone(Machine machine, Workload work) {
    return Forecast.of(nodes -> machine, NO_LINK, work, List.of(1), Spread.APART).get(0);
  }

  private Machine machine(int devices, List<LayerTime> layers, Costs costs) {
    return Machine.of("this machine", cores(), devices, settings.threadsPerDevice(), layers, costs);
  }

  /** Of a process that has no peers. */
  private static Costs costs(UpdateBenchmark.Result update) {
    double byteSeconds = update.threads() / (update.copyGbPerSecond() * 1e9);
    return new Costs(
        ADDED_BYTES * byteSeconds,
        COPIED_BYTES * byteSeconds,
        update.milliseconds() / 1e3 * update.threads() / update.parameters(),
        Costs.USUAL_HOP,
        MESSAGE_SECONDS,
        Costs.USUAL_WAKE,
        0);
  }

  /** The same run with a lane and a micro-batch for each device. */
  private static RunSettings oneStep(RunSettings settings, int devices) {
    return new RunSettings(
        settings.seed(),
        Integer.highestOneBit(2 * devices - 1),
        settings.microBatch(),
        1,
        settings.epochs(),
        OptionalLong.empty(),
        settings.threadsPerDevice(),
        devices,
        settings.sliceBytes(),
        settings.precision(),
        settings.wire(),
        settings.determinism(),
        settings.nonFinite(),
        settings.model(),
        settings.data(),
        settings.optimizer(),
        settings.schedule(),
        settings.evaluate(),
        settings.checkpoint());
  }

  /**
   * Times of a micro-batch: those of the median step, shared out as the profile of all steps has
   * it. What belongs to no layer, the loss, is the last one's.
   */
  private List<LayerTime> layers(StepBenchmark.Rates rates) {
    List<String> names = network(settings).layers().stream().map(layer -> layer.name()).toList();
    double[] forward = new double[names.size()];
    double[] backward = new double[names.size()];
    double[] now = forward;
    for (Timing timing : rates.profile().orElseThrow().timings()) {
      now = timing.kind().equals(Timing.BACKWARD_BEGINS) ? backward : now;
      int layer = names.indexOf(timing.layer());
      now[layer < 0 ? names.size() - 1 : layer] += timing.nanoseconds();
    }
    double forwardShare = rates.forwardSeconds() / Arrays.stream(forward).sum();
    double backwardShare = rates.backwardSeconds() / Arrays.stream(backward).sum();
    List<LayerTime> times = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      times.add(
          new LayerTime(names.get(i), forward[i] * forwardShare, backward[i] * backwardShare));
    }
    return times;
  }
}
