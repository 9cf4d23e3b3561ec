package io.larch.cluster;

import io.larch.cluster.DeviceClock.Phase;
import io.larch.cluster.MicroBatches.TestBatches;
import io.larch.compute.Device;
import io.larch.compute.FloatBlock;
import io.larch.compute.Outcome;
import io.larch.compute.Timing;
import io.larch.coordinate.EvaluationOutcome;
import io.larch.coordinate.LaneOutcome;
import io.larch.coordinate.RunPlan;
import io.larch.coordinate.StepOutcome;
import io.larch.model.Initial;
import io.larch.model.Layout.Place;
import io.larch.observe.Track;
import io.larch.optim.Norms;
import io.larch.reduce.DevicePlan;
import io.larch.reduce.DevicePlan.LaneStep;
import io.larch.reduce.DevicePlan.Merge;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Lanes;
import io.larch.reduce.Sums;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Computes lanes on one device: everything here happens on the device's own thread, one call after
 * the other. Gradients are summed over the device's lanes like a binary counter (see {@link
 * DevicePlan}) layer by layer, and a finished block's layer goes to the reduction at once, so that
 * it is reduced under the rest of backward.
 *
 * <p>Owns the micro-batches with their programs and the gradient slots; {@link #close} frees them.
 */
final class LaneRunner implements AutoCloseable {
  private final Device device;
  private final RunContext context;
  private final RunPlan run;
  private final ReductionLoop reduction;
  private final Sums sums;
  private final Track track;
  private final DeviceClock clock;
  private final AtomicLong progress = new AtomicLong();
  private final Map<String, LayerSpan> spans = new HashMap<>();
  private final List<FloatBlock> slots = new ArrayList<>();
  private volatile GenerationId live = GenerationId.NONE;

  private DevicePlan plan = DevicePlan.of(Lanes.NONE);
  private double gradientSquares;
  private MicroBatches batches;

  /** Where a layer lies in a flat block. */
  private record LayerSpan(long from, int count) {}

  LaneRunner(Device device, RunContext context, ReductionLoop reduction, Track track) {
    this.device = device;
    this.context = context;
    run = context.plan();
    this.reduction = reduction;
    this.track = track;
    clock = new DeviceClock(track);
    sums = new Sums(context.settings().wire());
    for (String layer : context.layout().layers()) {
      spans.put(layer, span(context.layout().layer(layer)));
    }
  }

  private static LayerSpan span(List<Place> places) {
    Place last = places.get(places.size() - 1);
    long from = places.get(0).from();
    return new LayerSpan(from, Math.toIntExact(last.from() + last.size() - from));
  }

  /** Compiles the network, once. */
  CompletableFuture<Void> open() {
    return device.submit(
        () -> {
          if (batches == null) {
            batches = openBatches();
            batches.program().tell(track);
          }
          return null;
        });
  }

  private MicroBatches openBatches() {
    return context.samples() instanceof Samples.Pairs pairs
        ? new PairBatches(device, context, pairs)
        : new PictureBatches(device, context, (Samples.Pictures) context.samples());
  }

  /**
   * SHA-256 of loss and gradient of one fixed micro-batch on the run's initial weights: what
   * devices that take part in one run must agree on, whenever they join it. Nothing may be staged
   * yet.
   */
  CompletableFuture<String> prove() {
    return device.submit(
        () -> {
          batches.program().pack(initialWeights());
          ensureSlots(1);
          Outcome outcome = batches.prove(slots.get(0));
          return Proof.sha256(outcome.lossSum(), slots.get(0).view(0, gradientFloats()));
        });
  }

  private FloatBlock initialWeights() {
    FloatBlock weights = context.replica().staged().weights();
    for (Place place : context.layout().places()) {
      Initial.fill(
          place.tensor(), context.settings().seed(), weights.view(place.from(), place.size()));
    }
    return weights;
  }

  private int gradientFloats() {
    return Math.toIntExact(context.layout().floats());
  }

  private void ensureSlots(int count) {
    while (slots.size() < count) {
      slots.add(FloatBlock.allocate(context.layout().floats()));
    }
  }

  /** Takes over lanes for a generation; work of an older one ends at its next layer. */
  CompletableFuture<Void> assign(GenerationId generation, Lanes lanes, long firstStep) {
    live = generation;
    return device.submit(
        () -> {
          clock.pause();
          plan = DevicePlan.of(lanes);
          ensureSlots(plan.slots());
          batches.clear();
          readAhead(firstStep);
          return null;
        });
  }

  /** Ends work in flight; complete when the device is idle. */
  CompletableFuture<Void> halt() {
    live = GenerationId.NONE;
    return device.submit(() -> null);
  }

  /** Grows with every micro-batch. */
  long progress() {
    return progress.get();
  }

  /** Runs this device's lanes of a step on the committed weights. */
  CompletableFuture<StepOutcome> run(GenerationId generation, long step) {
    return device.submit(() -> runNow(generation, step));
  }

  private StepOutcome runNow(GenerationId generation, long step) throws InterruptedException {
    clock.begin(step);
    long waitedBefore = batches.waitedNs();
    if (step < context.timetable().lastStep()) {
      readAhead(step + 1);
    }
    batches.program().pack(context.replica().committed().weights());
    context.requireIntact();
    clock.lap(Phase.PACK);
    List<LaneOutcome> outcomes = new ArrayList<>();
    for (LaneStep lane : plan.lanes()) {
      gradientSquares = 0;
      Outcome outcome = runLane(lane, generation, step);
      outcomes.add(new LaneOutcome(lane.lane(), outcome, gradientSquares));
    }
    return new StepOutcome(outcomes, batches.waitedNs() - waitedBefore, clock.laps());
  }

  private Outcome runLane(LaneStep lane, GenerationId generation, long step)
      throws InterruptedException {
    Outcome outcome = Outcome.NONE;
    int last = context.settings().microBatchesPerLane() - 1;
    for (int i = 0; i <= last; i++) {
      Consumer<String> layerReady =
          i == last ? layer -> handOver(lane, layer, generation, step) : layer -> {};
      outcome = outcome.plus(runMicroBatch(slots.get(lane.slot()), generation, i > 0, layerReady));
    }
    return outcome;
  }

  /** Ends at the next layer once the generation is over. */
  private Outcome runMicroBatch(
      FloatBlock gradient, GenerationId generation, boolean accumulate, Consumer<String> layerReady)
      throws InterruptedException {
    batches.take();
    try {
      clock.lap(Phase.DATA);
      Outcome outcome =
          batches.step(
              gradient,
              accumulate,
              layer -> {
                checkLive(generation);
                layerReady.accept(layer);
              });
      clock.lap(Phase.FORWARD, batches.program().backwardBeganNs());
      clock.lap(Phase.BACKWARD);
      return outcome;
    } finally {
      batches.release();
      progress.incrementAndGet();
    }
  }

  private void checkLive(GenerationId generation) {
    if (!generation.equals(live)) {
      throw new CancellationException("generation " + generation + " is over");
    }
  }

  private void handOver(LaneStep lane, String layer, GenerationId generation, long step) {
    if (run.measuresNoise(step)) {
      measure(lane, layer);
    }
    for (Merge merge : lane.merges()) {
      sums.add(view(merge.left(), layer), view(merge.right(), layer));
    }
    lane.block()
        .ifPresent(
            block ->
                reduction.finished(generation, step, layer, block, view(lane.blockSlot(), layer)));
  }

  /** Looks at a lane's gradient while it stands alone; nothing that is trained depends on it. */
  private void measure(LaneStep lane, String layer) {
    for (Place place : context.layout().layer(layer)) {
      if (!place.tensor().kind().isStatistic()) {
        gradientSquares += Norms.squares(slots.get(lane.slot()).view(place.from(), place.size()));
      }
    }
  }

  private FloatBuffer view(int slot, String layer) {
    return view(slots.get(slot), layer);
  }

  private FloatBuffer view(FloatBlock gradient, String layer) {
    LayerSpan span = spans.get(layer);
    return gradient.view(span.from(), span.count());
  }

  private void readAhead(long step) {
    var settings = context.settings();
    long stepBegins = (step - 1) * settings.globalBatch();
    int laneSamples = settings.microBatchesPerLane() * settings.microBatch();
    for (LaneStep lane : plan.lanes()) {
      long laneBegins = stepBegins + (long) lane.lane() * laneSamples;
      for (int i = 0; i < settings.microBatchesPerLane(); i++) {
        batches.request(laneBegins + (long) i * settings.microBatch());
      }
    }
  }

  /**
   * Lanes of this device whose gradient of a layer is not finite; repeats the step's work to find
   * them, in memory of its own, as sums are still formed in what was handed over.
   */
  CompletableFuture<List<Integer>> nonFiniteLanes(
      GenerationId generation, long step, String layer) {
    return device.submit(
        () -> {
          batches.clear();
          readAhead(step);
          List<Integer> lanes = new ArrayList<>();
          try (FloatBlock gradient = FloatBlock.allocate(context.layout().floats())) {
            for (LaneStep lane : plan.lanes()) {
              if (!isFinite(gradient, layer, generation)) {
                lanes.add(lane.lane());
              }
            }
          }
          if (step < context.timetable().lastStep()) {
            readAhead(step + 1);
          }
          return lanes;
        });
  }

  /** Runs the next lane that was read. */
  private boolean isFinite(FloatBlock gradient, String layer, GenerationId generation)
      throws InterruptedException {
    boolean finite = true;
    for (int i = 0; i < context.settings().microBatchesPerLane(); i++) {
      Outcome outcome = runMicroBatch(gradient, generation, i > 0, ready -> {});
      finite &= Double.isFinite(outcome.lossSum());
    }
    FloatBuffer values = view(gradient, layer);
    for (int i = 0; i < values.capacity(); i++) {
      finite &= Float.isFinite(values.get(i));
    }
    return finite;
  }

  /** Evaluates batches [from, to) of the test set on the committed weights. */
  CompletableFuture<EvaluationOutcome> evaluate(GenerationId generation, int from, int to) {
    return device.submit(
        () -> {
          clock.pause();
          FloatBlock weights = context.checkedReplica().committed().weights();
          try (TestBatches test = batches.test(weights, from, to)) {
            List<Outcome> outcomes = new ArrayList<>();
            for (int batch = from; batch < to; batch++) {
              checkLive(generation);
              long began = System.nanoTime();
              outcomes.add(test.next());
              track.span("phase", "evaluation", Track.NO_SLICE, began, System.nanoTime());
              progress.incrementAndGet();
            }
            return new EvaluationOutcome(outcomes, test.waitedNs());
          }
        });
  }

  /** Where the time of all steps has gone. */
  List<Timing> timings() {
    return device
        .submit(() -> batches == null ? List.<Timing>of() : batches.program().timings())
        .join();
  }

  /** Frees memory on the device's thread and ends the device. */
  @Override
  public void close() {
    live = GenerationId.NONE;
    device
        .submit(
            () -> {
              if (batches != null) {
                batches.close();
              }
              slots.forEach(FloatBlock::close);
              slots.clear();
              return null;
            })
        .join();
    device.close();
  }
}
