package io.larch.run;

import io.larch.compute.Timing;
import io.larch.config.RunSettings;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.optim.Optimizers;
import io.larch.optim.UpdateBenchmark;
import io.larch.plan.Forecast;
import io.larch.plan.LayerTime;
import io.larch.plan.Link;
import io.larch.plan.Machine;
import io.larch.plan.Workload;
import io.larch.reduce.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Measures this machine for a plan: a few real steps of the run's network on random samples, layer
 * by layer, and the optimizer beside a plain copy. What a step takes beyond these is what is left
 * when a plan of the measured step is taken from it.
 */
public final class Calibration {
  private static final int REPEATS = 10;
  private static final double MESSAGE_SECONDS = 200e-6;
  private static final int ADDED_BYTES = 12;
  private static final int COPIED_BYTES = 8;
  private static final Link NO_LINK = Link.parse("100gbe");

  private final RunSettings settings;
  private final Network network;
  private final long samples;

  private Calibration(RunSettings settings, long samples) {
    this.settings = settings;
    this.samples = samples;
    String model = settings.model().name();
    network =
        Networks.build(settings.model(), Networks.usualInput(model), Networks.usualClasses(model));
  }

  /**
   * The work of a run's step, on samples of the network's usual size.
   *
   * @param samples of an epoch
   */
  public static Workload work(RunSettings settings, long samples) {
    return new Calibration(settings, samples).work();
  }

  /** This machine as a node of that run, with so many devices, measured over so many steps. */
  public static Machine measure(RunSettings settings, int devices, int steps) {
    return new Calibration(oneStep(settings, devices), 1).measure(steps);
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

  private Workload work() {
    return new Workload(
        settings.model().name(),
        settings.lanes(),
        settings.microBatchesPerLane(),
        settings.microBatch(),
        Slice.cut(network.layout(), settings.sliceBytes()),
        settings.wire(),
        samples,
        settings.epochs(),
        Optimizers.of(settings.optimizer()).buffers().size());
  }

  private Machine measure(int steps) {
    StepBenchmark.Rates rates = StepBenchmark.measure(settings, steps, true);
    Workload work = work();
    UpdateBenchmark.Result update = UpdateBenchmark.run(work.floats(), REPEATS);
    double byteSeconds = update.threads() / (update.copyGbPerSecond() * 1e9);
    Machine bare =
        new Machine(
            "this machine",
            Runtime.getRuntime().availableProcessors(),
            settings.devices(),
            settings.threadsPerDevice(),
            layers(rates.profile().orElseThrow().timings()),
            ADDED_BYTES * byteSeconds,
            COPIED_BYTES * byteSeconds,
            update.milliseconds() / 1e3 * update.threads() / update.parameters(),
            MESSAGE_SECONDS,
            0,
            Double.POSITIVE_INFINITY,
            0);
    Forecast modelled = Forecast.of(bare, NO_LINK, work, List.of(1), 1).get(0);
    double step = settings.globalBatch() / rates.imagesPerSecond();
    Long peak = rates.peakRssBytes();
    return bare.withRest(
        Math.max(0, step - modelled.step().seconds()),
        peak == null ? 0 : Math.max(0, peak - modelled.memoryBytes()));
  }

  /** Times of a micro-batch; what belongs to no layer, the loss, is the last one's. */
  private List<LayerTime> layers(List<Timing> timings) {
    List<String> names = network.layers().stream().map(layer -> layer.name()).toList();
    double[] forward = new double[names.size()];
    double[] backward = new double[names.size()];
    double[] now = forward;
    long microBatches = 1;
    for (Timing timing : timings) {
      if (timing.kind().equals(Timing.BACKWARD_BEGINS)) {
        now = backward;
        microBatches = timing.calls();
      }
      int layer = names.indexOf(timing.layer());
      now[layer < 0 ? names.size() - 1 : layer] += timing.nanoseconds() / 1e9;
    }
    List<LayerTime> times = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      times.add(new LayerTime(names.get(i), forward[i] / microBatches, backward[i] / microBatches));
    }
    return times;
  }
}
