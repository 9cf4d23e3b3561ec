package io.larch.cluster;

import io.larch.coordinate.Assignment;
import io.larch.coordinate.Wait;
import io.larch.observe.Track;
import io.larch.reduce.Awaited;
import io.larch.reduce.Exchange;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.Links;
import io.larch.reduce.Placement;
import io.larch.reduce.Slice;
import io.larch.reduce.Sums;
import io.larch.reduce.TreeNode;
import io.larch.transport.DataAddress;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The thread on which a node reduces: it adds what devices and peers hand over, sends what others
 * must have, measures the sums whose root is here and, once told the trust ratios, has the update
 * applied and staged. The Aggregator steers it and hears of it through {@link Reports}; no array
 * leaves it.
 */
final class ReductionLoop implements AutoCloseable {
  private static final String REDUCTION = "reduction";

  /** What the loop tells; called on its thread, must return at once. */
  interface Reports {
    /** The streams to and from all peers stand. */
    void connected(GenerationId generation);

    /**
     * All sums of a layer whose root is here are measured; none, if no root is here.
     *
     * @param layer or {@link LayerOptimizer#GLOBAL}, where something is decided over all layers
     * @param factor of the mean gradient
     */
    void measured(
        GenerationId generation, long step, String layer, double factor, List<Squares> squares);

    /** A layer's next state is staged, and what others must have of it is sent. */
    void staged(GenerationId generation, long step, String layer);

    /** The loop could not do its work; it drops the generation and waits for the next. */
    void broke(GenerationId generation, Throwable cause);
  }

  private sealed interface Command {}

  private record Begin(Assignment assignment, Reports reports) implements Command {}

  private record Finished(
      GenerationId generation, long step, String layer, TreeNode node, FloatBuffer values)
      implements Command {}

  private record Apply(GenerationId generation, long step, String layer, List<Double> ratios)
      implements Command {}

  private record Decide(
      GenerationId generation, long step, GlobalProgress.Decision decision, double factor)
      implements Command {}

  private record Staged(GenerationId generation, long step, Slice slice, long beganNs, long endedNs)
      implements Command {}

  private record Broke(GenerationId generation, RuntimeException cause) implements Command {}

  private record Committed(GenerationId generation, long step) implements Command {}

  private record Freeze(CompletableFuture<Void> done) implements Command {}

  private record RenewStreams(CompletableFuture<Void> done) implements Command {}

  private record Feed(
      GenerationId generation,
      Assignment.Share to,
      List<Integer> slices,
      CompletableFuture<Void> done)
      implements Command {}

  private record TakeState(
      GenerationId generation, long step, List<Assignment.Share> from, CompletableFuture<Void> done)
      implements Command {}

  private record Explain(CompletableFuture<List<Wait>> waits) implements Command {}

  private enum Stop implements Command {
    STOP
  }

  private final RunContext context;
  private final PeerStreams streams;
  private final Track track;
  private final Sums sums;
  private final LayerUpdates updates;
  private final ReductionClock clock = new ReductionClock(System::nanoTime);
  private final Looks looks = new Looks(System::nanoTime);
  private final LinkedBlockingQueue<Command> commands = new LinkedBlockingQueue<>();
  private final Map<String, LayerProgress> layers = new HashMap<>();

  /** What is measured and not told yet. */
  private final List<Runnable> measured = new ArrayList<>();

  private final Thread thread;
  private GenerationId generation = GenerationId.NONE;
  private Reports reports;
  private Placement placement;
  private Exchange exchange;
  private Staging staging;
  private StateTransfer transfer;
  private GlobalProgress global = GlobalProgress.decided();
  private int self;
  private List<String> names = List.of();
  private boolean connected;
  private boolean alone = true;
  private long transferred;
  private volatile long stateProgress;
  private volatile long moved;
  private volatile String stateMissing = "";

  ReductionLoop(RunContext context, PeerStreams streams, Track track) {
    this.context = context;
    this.streams = streams;
    this.track = track;
    sums = new Sums(context.settings().wire());
    updates = new LayerUpdates(context);
    thread = new Thread(this::run, "larch-reduction");
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes up a generation; what belongs to another is dropped from now on. */
  void begin(Assignment assignment, Reports to) {
    commands.add(new Begin(assignment, to));
  }

  /** A device has finished a block's layer; the values are the loop's until the step is over. */
  void finished(GenerationId from, long step, String layer, TreeNode node, FloatBuffer values) {
    commands.add(new Finished(from, step, layer, node, values));
  }

  /** The trust ratios of a layer's tensors, in order, are known. */
  void apply(GenerationId from, long step, String layer, List<Double> ratios) {
    commands.add(new Apply(from, step, layer, ratios));
  }

  /** The gradient of all layers is multiplied by a factor before it is applied. */
  void decide(GenerationId from, long step, double factor) {
    commands.add(new Decide(from, step, GlobalProgress.Decision.APPLY, factor));
  }

  /** The step changes nothing: what is committed is staged. */
  void skip(GenerationId from, long step) {
    commands.add(new Decide(from, step, GlobalProgress.Decision.SKIP, 1));
  }

  /** The step in flight is over. */
  void committed(GenerationId from, long step) {
    commands.add(new Committed(from, step));
  }

  /** Drops the generation; complete when no memory of devices is touched any more. */
  CompletableFuture<Void> freeze() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    commands.add(new Freeze(done));
    return done;
  }

  /** Opens another data plane if this node's is lost; no generation may use it. */
  CompletableFuture<Void> renewStreams() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    commands.add(new RenewStreams(done));
    return done;
  }

  /** What the step in flight has cost; the node reads and clears it once all layers are staged. */
  ReductionClock clock() {
    return clock;
  }

  /**
   * Feeds a peer slices of the committed state in a prepared generation; complete when they are on
   * their way.
   */
  CompletableFuture<Void> feed(GenerationId prepared, Assignment.Share to, List<Integer> slices) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    commands.add(new Feed(prepared, to, slices, done));
    return done;
  }

  /**
   * Takes the whole state of a step from peers in a prepared generation; complete when all of it is
   * staged in the replica and checked.
   */
  CompletableFuture<Void> takeState(GenerationId prepared, long step, List<Assignment.Share> from) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    commands.add(new TakeState(prepared, step, from, done));
    return done;
  }

  /** Grows when state comes or goes. */
  long stateProgress() {
    return stateProgress;
  }

  /** Grows when parts of sums come or go. */
  long moved() {
    return moved;
  }

  /** What the step in flight needs of other nodes. */
  CompletableFuture<List<Wait>> waits() {
    CompletableFuture<List<Wait>> waits = new CompletableFuture<>();
    commands.add(new Explain(waits));
    return waits;
  }

  /** What state has not come or gone yet, in words. */
  String stateMissing() {
    return stateMissing;
  }

  /** Where peers reach this node; null if it has no data plane. */
  DataAddress address() {
    return streams.address();
  }

  /** Names of the peers whose streams do not stand yet. */
  String unconnected() {
    return streams.unconnected();
  }

  private void run() {
    try {
      for (Command next = next(); next != Stop.STOP; next = next()) {
        Command command = next;
        guarded(() -> handle(command));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    drop();
  }

  /** The next command; moves parts between peers until there is one. */
  private Command next() throws InterruptedException {
    while (hasPeers()) {
      Command command = commands.poll();
      if (command != null) {
        return command;
      }
      guarded(this::exchangeParts);
      Thread.onSpinWait();
      command = looks.isEager() ? null : commands.poll(looks.pauseNs(), TimeUnit.NANOSECONDS);
      if (command != null) {
        return command;
      }
    }
    return commands.take();
  }

  private boolean hasPeers() {
    return transfer != null || (exchange != null && !alone);
  }

  private void exchangeParts() {
    if (transfer != null) {
      transferring(this::transferState);
    }
    if (exchange != null && !connected && streams.areConnected()) {
      connected = true;
      reports.connected(generation);
    }
    if (exchange != null && exchange.work()) {
      looks.worked();
      moved = System.nanoTime();
    }
    tellMeasured();
  }

  private void tell(long step, String about, double factor, List<Squares> squares) {
    GenerationId of = generation;
    measured.add(() -> reports.measured(of, step, about, factor, squares));
    tellMeasured();
  }

  private void tellMeasured() {
    if (!measured.isEmpty() && (alone || looks.isDueToTell())) {
      measured.forEach(Runnable::run);
      measured.clear();
    }
  }

  private List<Wait> explain() {
    List<Wait> waits = new ArrayList<>();
    if (exchange != null && !alone) {
      exchange.awaited().stream().map(this::wait).forEach(waits::add);
      layers.forEach(
          (name, layer) -> {
            if (layer.ratios == null && !layer.waiting.isEmpty()) {
              waits.add(waitForRatios(name));
            }
          });
    }
    return List.copyOf(waits);
  }

  private Wait wait(Awaited awaited) {
    return new Wait(
        names.get(awaited.node()), REDUCTION, awaited.slice().layer(), awaited.kind().toString());
  }

  /** A layer's optimizer lives where the layer's first slice has its root. */
  private Wait waitForRatios(String layer) {
    int home = placement.root(context.trainedSlices(layer).get(0));
    return new Wait(names.get(home), REDUCTION, layer, "trust ratios");
  }

  private void transferState() {
    int parts = transfer.work();
    if (parts > 0) {
      transferred += parts;
      looks.worked();
    } else if (transferred != stateProgress) {
      stateProgress = transferred;
      stateMissing = transfer.missing();
    }
  }

  /** What goes wrong with state concerns those who wait for it and nobody else. */
  private void transferring(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      transfer.fail(e);
    }
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      GenerationId broken = generation;
      drop();
      reports.broke(broken, e);
    }
  }

  private void handle(Command command) {
    if (command instanceof Begin begin) {
      begin(begin);
    } else if (command instanceof Finished done && done.generation.equals(generation)) {
      track.step(done.step);
      looks.finished();
      begun(done.step, done.layer);
      exchange.finished(done.step, done.layer, done.node, done.values);
    } else if (command instanceof Apply apply && apply.generation.equals(generation)) {
      apply(apply);
    } else if (command instanceof Decide decide && decide.generation.equals(generation)) {
      decide(decide);
    } else if (command instanceof Staged done && done.generation.equals(generation)) {
      staged(done);
    } else if (command instanceof Broke broke && broke.generation.equals(generation)) {
      throw broke.cause;
    } else if (command instanceof Committed over && over.generation.equals(generation)) {
      exchange.retire(over.step);
      looks.committed();
      layers.clear();
      global = undecided();
    } else if (command instanceof Explain asked) {
      asked.waits.complete(explain());
    } else if (command instanceof Freeze freeze) {
      drop();
      freeze.done.complete(null);
    } else if (command instanceof RenewStreams renew) {
      renewStreams(renew.done);
    } else if (command instanceof Feed feed) {
      prepareTransfer(feed.generation);
      transferring(() -> transfer.feed(feed.to, feed.slices, feed.done));
    } else if (command instanceof TakeState take) {
      prepareTransfer(take.generation);
      transferring(() -> transfer.take(take.step, take.from, take.done));
    }
  }

  private void renewStreams(CompletableFuture<Void> done) {
    try {
      streams.renewIfLost();
      done.complete(null);
    } catch (RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }

  private void prepareTransfer(GenerationId prepared) {
    if (transfer == null || !transfer.generation().equals(prepared)) {
      drop();
      transfer = new StateTransfer(prepared, context.replica(), streams);
    }
    transferred++;
  }

  private void begin(Begin begin) {
    drop();
    Assignment assignment = begin.assignment;
    generation = assignment.generation();
    reports = begin.reports;
    self = assignment.self();
    names = assignment.shares().stream().map(Assignment.Share::node).toList();
    placement = new Placement(assignment.owners(), context.replica().slices());
    alone = placement.nodes() == 1;
    Links links = streams.open(assignment, context.replica().slices(), context.settings().wire());
    exchange =
        new Exchange(
            self,
            context.settings().lanes(),
            context.replica().slices(),
            placement,
            sums,
            links,
            outcome());
    int devices = assignment.shares().get(self).devices().size();
    staging = new Staging(context, devices, outcome(generation));
    looks.begin(partsOfStep(assignment));
    global = undecided();
    if (alone) {
      connected = true;
      reports.connected(generation);
    }
  }

  /** Blocks of lanes of this node, each of which is finished layer by layer. */
  private int partsOfStep(Assignment assignment) {
    int blocks =
        assignment.shares().get(self).devices().stream()
            .mapToInt(lanes -> lanes.blocks().size())
            .sum();
    return blocks * (int) context.replica().slices().stream().map(Slice::layer).distinct().count();
  }

  private GlobalProgress undecided() {
    return context.settings().decidesOverAllLayers()
        ? GlobalProgress.pending(rooted(context.trainedSlices()))
        : GlobalProgress.decided();
  }

  private int rooted(List<Slice> trained) {
    return (int) trained.stream().filter(slice -> placement.root(slice) == self).count();
  }

  private void drop() {
    clock.clear();
    looks.rest();
    generation = GenerationId.NONE;
    layers.clear();
    measured.clear();
    connected = false;
    if (exchange != null) {
      staging.close();
      exchange.close();
      exchange = null;
    }
    if (transfer != null) {
      transfer.drop();
      transfer = null;
    }
  }

  private Exchange.Outcome outcome() {
    return new Exchange.Outcome() {
      @Override
      public void whole(long step, Slice slice, FloatBuffer values) {
        measureForAllLayers(step, slice, values);
        takeUp(step, slice, values);
      }

      @Override
      public void handedOn(long step, Slice slice) {
        LayerProgress layer = layer(slice.layer());
        layer.handedOn();
        clock.arrived();
        track.flight("reduction", slice.layer(), slice.id(), layer.beganNs, System.nanoTime());
        reportIfComplete(step, slice.layer(), layer);
      }
    };
  }

  private Staging.Outcome outcome(GenerationId of) {
    return new Staging.Outcome() {
      @Override
      public void staged(long step, Slice slice, long beganNs, long endedNs) {
        commands.add(new Staged(of, step, slice, beganNs, endedNs));
      }

      @Override
      public void broke(RuntimeException cause) {
        commands.add(new Broke(of, cause));
      }
    };
  }

  /** The first part of a layer in a step: a node that is no root only asks for the ratios. */
  private void begun(long step, String layer) {
    if (!layers.containsKey(layer)) {
      reportIfAllMeasured(step);
      reportIfMeasured(step, layer, layer(layer));
    }
  }

  private LayerProgress layer(String name) {
    return layers.computeIfAbsent(
        name,
        first -> {
          List<Slice> trained = context.trainedSlices(name);
          int slices = trained.size() + context.statisticSlices(name).size();
          clock.departed(slices);
          return new LayerProgress(rooted(trained), slices);
        });
  }

  private void measureForAllLayers(long step, Slice slice, FloatBuffer values) {
    if (global.isPending() && isMeasuredHere(slice)) {
      boolean formsDirection = context.optimizer().direction().isPresent();
      global.measured(
          formsDirection ? measureGradient(slice, values) : measure(step, slice, values));
      reportIfAllMeasured(step);
    }
  }

  private Squares measureGradient(Slice slice, FloatBuffer values) {
    long began = System.nanoTime();
    Squares squares = updates.gradientSquares(slice, values);
    updated("squares", slice, began);
    return squares;
  }

  /** For the layer's optimizer. */
  private Squares measure(long step, Slice slice, FloatBuffer values) {
    long began = System.nanoTime();
    Squares squares = updates.squares(slice, values, step, global.factor());
    layer(slice.layer()).squares.put(slice, squares);
    updated("squares", slice, began);
    return squares;
  }

  private boolean isMeasuredHere(Slice slice) {
    return !slice.statistic() && placement.root(slice) == self;
  }

  private void reportIfAllMeasured(long step) {
    if (global.isToBeAsked()) {
      tell(step, LayerOptimizer.GLOBAL, 1, global.squares());
    }
  }

  private void decide(Decide made) {
    if (global.isPending()) {
      global.decide(made.decision, made.factor);
      List.copyOf(layers.keySet()).forEach(name -> reportIfMeasured(made.step, name, layer(name)));
      global.release((slice, values) -> takeUp(made.step, slice, values));
      layers.forEach((name, layer) -> reportIfComplete(made.step, name, layer));
    }
  }

  private void takeUp(long step, Slice slice, FloatBuffer values) {
    switch (global.decision()) {
      case PENDING -> global.park(slice, values);
      case APPLY -> summed(step, slice, values);
      case SKIP -> keep(slice);
    }
  }

  private void keep(Slice slice) {
    long began = System.nanoTime();
    updates.keep(slice);
    updated("update", slice, began);
    layer(slice.layer()).staged();
  }

  private void summed(long step, Slice slice, FloatBuffer values) {
    LayerProgress layer = layer(slice.layer());
    if (slice.statistic()) {
      long began = System.nanoTime();
      updates.stageStatistics(slice, values);
      updated("statistics", slice, began);
      layer.staged();
      return;
    }
    if (isMeasuredHere(slice) && !layer.squares.containsKey(slice)) {
      measure(step, slice, values);
      reportIfMeasured(step, slice.layer(), layer);
    }
    if (layer.ratios == null) {
      layer.waiting.put(slice, values);
    } else {
      stage(step, slice, values, layer);
    }
  }

  private void reportIfMeasured(long step, String name, LayerProgress layer) {
    boolean applied = global.decision() == GlobalProgress.Decision.APPLY;
    if (applied && layer.isMeasured() && !context.trainedSlices(name).isEmpty()) {
      tell(step, name, global.factor(), List.copyOf(layer.squares.values()));
    }
  }

  private void apply(Apply apply) {
    LayerProgress layer = layer(apply.layer);
    if (layer.ratios == null) {
      layer.ratios = apply.ratios;
      layer.waiting.forEach((slice, values) -> stage(apply.step, slice, values, layer));
      layer.waiting.clear();
    }
  }

  private void stage(long step, Slice slice, FloatBuffer gradient, LayerProgress layer) {
    staging.stage(slice, gradient, layer.ratios, step, global.factor());
  }

  private void staged(Staged done) {
    clock.updated(done.endedNs - done.beganNs);
    track.flight("update", done.slice.layer(), done.slice.id(), done.beganNs, done.endedNs);
    LayerProgress layer = layer(done.slice.layer());
    layer.staged();
    reportIfComplete(done.step, done.slice.layer(), layer);
  }

  private void updated(String kind, Slice slice, long beganNs) {
    long ended = System.nanoTime();
    clock.updated(ended - beganNs);
    track.span(kind, slice.layer(), slice.id(), beganNs, ended);
  }

  private void reportIfComplete(long step, String name, LayerProgress layer) {
    if (layer.isComplete()) {
      reports.staged(generation, step, name);
    }
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
