package io.larch.cluster;

import io.larch.model.Tensor;
import io.larch.optim.Norms;
import io.larch.optim.Scalars;
import io.larch.optim.SliceUpdate;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.LayerSum;
import io.larch.reduce.Replica.State;
import io.larch.reduce.Slice;
import io.larch.reduce.Slice.Piece;
import io.larch.reduce.Sums;
import io.larch.reduce.TreeNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The thread on which a node reduces: it adds the blocks that devices hand over, measures what has
 * been summed, and, once told the trust ratios, applies the update and stages it. The Aggregator
 * steers it and hears of it through {@link Reports}; no array leaves it.
 */
final class ReductionLoop implements AutoCloseable {
  /** What the loop tells; called on its thread, must return at once. */
  interface Reports {
    /** A layer's gradient is summed over all lanes. */
    void summed(GenerationId generation, long step, String layer, List<Squares> squares);

    /** A layer's next state is staged. */
    void staged(GenerationId generation, long step, String layer);

    /** The loop could not do its work; it drops the generation and waits for the next. */
    void broke(GenerationId generation, Throwable cause);
  }

  private sealed interface Command {}

  private record Begin(GenerationId generation, Reports reports) implements Command {}

  private record Arrived(
      GenerationId generation, long step, String layer, TreeNode node, FloatBuffer values)
      implements Command {}

  private record Apply(GenerationId generation, long step, String layer, List<Double> ratios)
      implements Command {}

  private record Freeze(CompletableFuture<Void> done) implements Command {}

  private enum Stop implements Command {
    STOP
  }

  private final RunContext context;
  private final Sums sums;
  private final SliceUpdate update;
  private final LinkedBlockingQueue<Command> commands = new LinkedBlockingQueue<>();
  private final Map<String, LayerSum> partial = new HashMap<>();
  private final Map<String, FloatBuffer> summed = new HashMap<>();
  private final Thread thread;
  private GenerationId generation = GenerationId.NONE;
  private Reports reports;

  ReductionLoop(RunContext context) {
    this.context = context;
    sums = new Sums(context.settings().wire());
    update =
        new SliceUpdate(
            context.optimizer(), context.settings().globalBatch(), context.settings().wire());
    thread = new Thread(this::work, "larch-reduction");
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes up a generation; what belongs to another is dropped from now on. */
  void begin(GenerationId next, Reports to) {
    commands.add(new Begin(next, to));
  }

  /** A device has finished a block's layer; the values are the loop's until the step is over. */
  void arrived(GenerationId from, long step, String layer, TreeNode node, FloatBuffer values) {
    commands.add(new Arrived(from, step, layer, node, values));
  }

  /** The trust ratios of a layer's tensors, in order, are known. */
  void apply(GenerationId from, long step, String layer, List<Double> ratios) {
    commands.add(new Apply(from, step, layer, ratios));
  }

  /** Drops the generation; complete when no memory of devices is touched any more. */
  CompletableFuture<Void> freeze() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    commands.add(new Freeze(done));
    return done;
  }

  private void work() {
    try {
      for (Command next = commands.take(); next != Stop.STOP; next = commands.take()) {
        handleSafely(next);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handleSafely(Command command) {
    try {
      handle(command);
    } catch (RuntimeException e) {
      GenerationId broken = generation;
      drop();
      reports.broke(broken, e);
    }
  }

  private void handle(Command command) {
    if (command instanceof Begin begin) {
      drop();
      generation = begin.generation;
      reports = begin.reports;
    } else if (command instanceof Arrived arrived && arrived.generation.equals(generation)) {
      add(arrived);
    } else if (command instanceof Apply apply && apply.generation.equals(generation)) {
      stage(apply);
    } else if (command instanceof Freeze freeze) {
      drop();
      freeze.done.complete(null);
    }
  }

  private void drop() {
    generation = GenerationId.NONE;
    partial.clear();
    summed.clear();
  }

  private void add(Arrived arrived) {
    LayerSum sum =
        partial.computeIfAbsent(
            arrived.layer, layer -> new LayerSum(context.settings().lanes(), sums));
    Optional<FloatBuffer> whole = sum.arrive(arrived.node, arrived.values);
    if (whole.isPresent()) {
      partial.remove(arrived.layer);
      measure(arrived.step, arrived.layer, whole.get());
    }
  }

  private void measure(long step, String layer, FloatBuffer gradient) {
    long origin = context.layout().layer(layer).get(0).from();
    stageStatistics(layer, gradient, origin);
    List<Slice> trained = context.trainedSlices(layer);
    if (trained.isEmpty()) {
      reports.staged(generation, step, layer);
      return;
    }
    summed.put(layer, gradient);
    reports.summed(
        generation, step, layer, trained.stream().map(s -> squares(s, gradient, origin)).toList());
  }

  private Squares squares(Slice slice, FloatBuffer gradient, long origin) {
    List<Double> weights = new ArrayList<>();
    List<Double> gradients = new ArrayList<>();
    State committed = context.replica().committed();
    for (Piece piece : slice.pieces()) {
      weights.add(Norms.squares(committed.weights().view(piece.from(), piece.count())));
      gradients.add(Norms.squares(part(gradient, origin, piece)));
    }
    return new Squares(slice.id(), weights, gradients);
  }

  private static FloatBuffer part(FloatBuffer layer, long origin, Piece piece) {
    return layer.slice((int) (piece.from() - origin), piece.count());
  }

  private void stageStatistics(String layer, FloatBuffer sum, long origin) {
    for (Slice slice : context.statisticSlices(layer)) {
      for (Piece piece : slice.pieces()) {
        stageStatistic(piece, part(sum, origin, piece));
      }
      context.replica().staged().hash(slice);
    }
  }

  private void stageStatistic(Piece piece, FloatBuffer sum) {
    var settings = context.settings();
    SliceUpdate.moveStatistic(
        sum,
        context.replica().committed().weights().view(piece.from(), piece.count()),
        context.replica().staged().weights().view(piece.from(), piece.count()),
        context.network().decay(piece.tensor().layer()),
        (long) settings.lanes() * settings.microBatchesPerLane());
  }

  private void stage(Apply apply) {
    FloatBuffer gradient = summed.remove(apply.layer);
    if (gradient == null) {
      return;
    }
    var layout = context.layout();
    long origin = layout.layer(apply.layer).get(0).from();
    Map<String, Double> ratios = ratios(apply);
    for (Slice slice : context.trainedSlices(apply.layer)) {
      for (Piece piece : slice.pieces()) {
        Tensor tensor = piece.tensor();
        stagePiece(piece, part(gradient, origin, piece), scalars(tensor, ratios, apply.step));
      }
      context.replica().staged().hash(slice);
    }
    reports.staged(generation, apply.step, apply.layer);
  }

  private Map<String, Double> ratios(Apply apply) {
    List<Tensor> tensors =
        context.layout().layer(apply.layer).stream()
            .map(place -> place.tensor())
            .filter(tensor -> !tensor.kind().isStatistic())
            .toList();
    Map<String, Double> ratios = new HashMap<>();
    for (int i = 0; i < tensors.size(); i++) {
      ratios.put(tensors.get(i).name(), apply.ratios.get(i));
    }
    return ratios;
  }

  private Scalars scalars(Tensor tensor, Map<String, Double> ratios, long step) {
    return new Scalars(
        context.schedule().rate(step),
        ratios.get(tensor.name()),
        context.optimizer().rule(tensor).weightDecay(),
        step);
  }

  private void stagePiece(Piece piece, FloatBuffer gradient, Scalars scalars) {
    update.update(
        gradient,
        views(context.replica().committed(), piece),
        views(context.replica().staged(), piece),
        scalars);
  }

  private static SliceUpdate.State views(State state, Piece piece) {
    return new SliceUpdate.State(
        state.weights().view(piece.from(), piece.count()),
        state.buffers().stream().map(b -> b.view(piece.from(), piece.count())).toList());
  }

  /** Ends the thread. */
  @Override
  public void close() {
    commands.add(Stop.STOP);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
