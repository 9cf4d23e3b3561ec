package io.larch.coordinate;

import io.larch.compute.Outcome;
import io.larch.coordinate.Assignment.Share;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Decides how a node follows its {@link Leader}: what it promises, when all its parts have stopped,
 * when it begins and commits a step, and what it waits for. What counts and when a step is
 * complete, {@link NodeLedger} decides.
 *
 * <p>A repeated order is answered again and done once. Used by one thread; {@link Parts} and {@link
 * Reports} are called on it and must return at once.
 */
public final class Follower {
  /** What the node's parts are told: the reduction, and the workers by their numbers. */
  public interface Parts {
    /** Stop reducing and drop what is in flight; answered by {@link #reductionFrozen}. */
    void freeze(GenerationId generation);

    /** End work in flight; answered by {@link #workerHalted}. */
    void halt(GenerationId generation, int worker);

    /** Take up lanes and peers; answered by {@link #connected} and {@link #workerAssigned}. */
    void takeUp(Assignment assignment, long firstStep);

    /** Feed a peer slices of the committed state; answered by {@link #fed}. */
    void feed(GenerationId generation, Share to, List<Integer> slices);

    /** Stage the state of a step that peers feed; answered by {@link #stateStaged}. */
    void takeState(GenerationId generation, long step, List<Share> from);

    /** The staged state is that of a step and becomes the committed one. */
    void adopt(long step);

    /** Run a step; answered by {@link #workerFinished} and {@link #layerStaged}. */
    void runStep(GenerationId generation, long step);

    /**
     * The staged state becomes the committed one.
     *
     * @param outcomes of the devices, in order
     * @return what was measured in the step
     */
    StepFigures commit(GenerationId generation, long step, List<StepOutcome> outcomes);

    /** Find the lanes in which a layer is not finite; answered by {@link #suspectsFound}. */
    void search(GenerationId generation, long step, String layer);

    /** Evaluate batches [from, to) of the test set; answered by {@link #workerEvaluated}. */
    void evaluate(GenerationId generation, int worker, int from, int to);

    /** Write a checkpoint of the committed state; answered by {@link #checkpointEnded}. */
    void writeCheckpoint();
  }

  /** What the leader of the promised generation is told. */
  public interface Reports {
    /**
     * @param damaged whether the committed state is not what was committed
     */
    void prepared(
        GenerationId generation, long committed, boolean damaged, long settled, List<Lanes> lanes);

    /** Some of the state that is taken has come. */
    void stateComes(GenerationId generation);

    void stateTaken(GenerationId generation, long step);

    void begun(GenerationId generation);

    void committed(GenerationId generation, StepReport report);

    void disturbed(GenerationId generation, String reason);

    void diverged(GenerationId generation, long step, String layer, List<Integer> lanes);

    void evaluated(
        GenerationId generation, long step, List<Outcome> batches, double dataWaitSeconds);

    void checkpointEnded(GenerationId generation, long step, String folder, String failure);
  }

  /** What the node is waiting for. */
  private enum Activity {
    NONE,
    FEEDING,
    TAKING,
    CONNECTING,
    STEP,
    SEARCH,
    EVALUATION,
    CHECKPOINT
  }

  private final NodeLedger ledger;
  private final int workers;
  private final LongSupplier clockNs;
  private final Parts parts;
  private final Reports reports;
  private final ProgressWatch watch;

  private final Set<Integer> halting = new HashSet<>();
  private boolean freezing;
  private boolean damaged;
  private final Set<String> fed = new HashSet<>();
  private final Set<String> feeding = new HashSet<>();
  private final Set<Integer> assigned = new HashSet<>();
  private boolean connected;
  private List<Lanes> lanes = List.of();

  private Activity activity = Activity.NONE;
  private long settled;
  private long lease;
  private long stepBeganNs;
  private final Map<Integer, StepOutcome> outcomes = new TreeMap<>();
  private final Map<Integer, List<Integer>> suspects = new TreeMap<>();

  /** The layer for whose sake the step in flight is not applied; empty if it is. */
  private String skippedFor = "";

  private final Map<Integer, EvaluationOutcome> evaluations = new TreeMap<>();

  /** How what was done since the last committed step is reported, should that be wanted again. */
  private final Map<Activity, Runnable> done = new EnumMap<>(Activity.class);

  /**
   * A node that follows nobody yet.
   *
   * @param ledger of the node, this follower's from now on
   * @param settled the last step after which nothing is to be done any more
   * @param stallLimitNs how long it waits without any progress before it reports who is missing
   * @param clockNs any clock that runs on
   */
  public Follower(
      NodeLedger ledger,
      long settled,
      long stallLimitNs,
      LongSupplier clockNs,
      Parts parts,
      Reports reports) {
    this.ledger = ledger;
    this.workers = ledger.workers();
    this.settled = settled;
    this.clockNs = clockNs;
    this.parts = parts;
    this.reports = reports;
    watch = new ProgressWatch(stallLimitNs, clockNs.getAsLong());
  }

  /** The generation promised last. */
  public GenerationId generation() {
    return ledger.generation();
  }

  /** Whether a generation is the one promised last. */
  public boolean isPromised(GenerationId generation) {
    return ledger.isPromised(generation);
  }

  /** The last committed step. */
  public long committed() {
    return ledger.committed();
  }

  // Preparing

  /**
   * Promises a generation and stops, unless a newer one is promised.
   *
   * @param afterLease whether to go on to the end of the lease first; a later repetition is granted
   * @return whether the generation is promised now
   */
  public boolean prepare(GenerationId generation, boolean afterLease) {
    if (ledger.isPromised(generation)) {
      answerIfStopped();
      return true;
    }
    if (afterLease && isAtWork()) {
      return false;
    }
    if (ledger.prepare(generation)) {
      stop();
      return true;
    }
    return false;
  }

  private boolean isAtWork() {
    return !ledger.isFrozen() && ledger.committed() < lease;
  }

  /** A checkpoint that is being written reads the committed state until it ends. */
  private void stop() {
    if (!isWriting()) {
      rest();
    }
    done.clear();
    outcomes.clear();
    suspects.clear();
    skippedFor = "";
    assigned.clear();
    fed.clear();
    feeding.clear();
    freezing = true;
    parts.freeze(generation());
    for (int worker = 0; worker < workers; worker++) {
      halting.add(worker);
      parts.halt(generation(), worker);
    }
  }

  private void rest() {
    activity = Activity.NONE;
    evaluations.clear();
  }

  /** A worker's device is idle. */
  public void workerHalted(GenerationId generation, int worker) {
    if (isPromised(generation) && halting.remove(worker)) {
      answerIfStopped();
    }
  }

  /** Nothing of the step in flight is touched any more. */
  public void reductionFrozen(GenerationId generation) {
    if (isPromised(generation) && freezing) {
      freezing = false;
      answerIfStopped();
    }
  }

  private void answerIfStopped() {
    if (isStopped()) {
      reports.prepared(generation(), ledger.committed(), damaged, settled, lanes);
    }
  }

  /** Whether a generation is promised and nothing moves before it begins. */
  private boolean isStopped() {
    return ledger.isFrozen() && halting.isEmpty() && !freezing && !isWriting();
  }

  private boolean isWriting() {
    return activity == Activity.CHECKPOINT;
  }

  // Giving and taking state

  /** Feeds a peer slices of the committed state, while the promised generation has not begun. */
  public void feed(GenerationId generation, Share to, List<Integer> slices) {
    if (isPromised(generation) && isStopped() && fed.add(to.node())) {
      feeding.add(to.node());
      activity = Activity.FEEDING;
      parts.feed(generation, to, slices);
    }
  }

  /** What a peer was to be fed is on its way. */
  public void fed(GenerationId generation, String to) {
    boolean all = isPromised(generation) && feeding.remove(to) && feeding.isEmpty();
    if (all && activity == Activity.FEEDING) {
      rest();
    }
  }

  /** Takes the whole state of a step, while the promised generation has not begun. */
  public void takeState(GenerationId generation, long step, List<Share> from) {
    if (!isPromised(generation) || !isStopped()) {
      return;
    }
    if (done.containsKey(Activity.TAKING)) {
      done.get(Activity.TAKING).run();
    } else if (activity == Activity.NONE) {
      activity = Activity.TAKING;
      parts.takeState(generation, step, from);
    }
  }

  /** The whole state of a step is staged and checked. */
  public void stateStaged(GenerationId generation, long step) {
    if (isPromised(generation) && activity == Activity.TAKING) {
      ledger.fed(generation, step);
      parts.adopt(step);
      damaged = false;
      finish(Activity.TAKING, () -> reports.stateTaken(generation(), step));
    }
  }

  // Beginning

  /** Takes up lanes and peers after a step. */
  public void begin(Assignment assignment, long step) {
    GenerationId begun = assignment.generation();
    if (!isPromised(begun)) {
      return;
    }
    if (!ledger.isFrozen()) {
      answerIfBegun();
    } else if (isStopped() && ledger.committed() != step) {
      reports.disturbed(
          begun,
          "a node that is to go on after step %d is at step %d"
              .formatted(step, ledger.committed()));
    } else if (isStopped()) {
      ledger.begin(begun);
      lanes = assignment.devices();
      lease = step;
      connected = false;
      activity = Activity.CONNECTING;
      parts.takeUp(assignment, step + 1);
    }
  }

  /** The streams to and from all peers stand. */
  public void connected(GenerationId generation) {
    if (isPromised(generation) && activity == Activity.CONNECTING) {
      connected = true;
      beginWhenReady();
    }
  }

  /** A worker has taken up its lanes. */
  public void workerAssigned(GenerationId generation, int worker) {
    if (isPromised(generation) && activity == Activity.CONNECTING) {
      assigned.add(worker);
      beginWhenReady();
    }
  }

  private void beginWhenReady() {
    if (connected && assigned.size() == workers) {
      rest();
      answerIfBegun();
    }
  }

  private void answerIfBegun() {
    if (activity != Activity.CONNECTING) {
      reports.begun(generation());
    }
  }

  // Steps

  /** Goes on up to and including a step. */
  public void extendLease(GenerationId generation, long to) {
    if (!isPromised(generation) || ledger.isFrozen()) {
      return;
    }
    if (to > lease) {
      lease = to;
      settled = to - 1;
      runNextStep();
    } else if (ledger.committed() == lease) {
      done.getOrDefault(Activity.STEP, () -> {}).run();
    }
  }

  /** Begins the next step if the lease allows it and nothing else is being done. */
  private void runNextStep() {
    if (isAtWork() && activity == Activity.NONE) {
      activity = Activity.STEP;
      stepBeganNs = clockNs.getAsLong();
      parts.runStep(generation(), ledger.committed() + 1);
    }
  }

  /** A layer's next state is staged, and what others must have of it is sent. */
  public void layerStaged(GenerationId generation, long step, String layer) {
    if (ledger.isCurrent(generation, step)) {
      ledger.layerStaged(layer);
      commitWhenComplete();
    }
  }

  /** A worker has done its lanes of a step. */
  public void workerFinished(GenerationId generation, long step, int worker, StepOutcome outcome) {
    if (ledger.isCurrent(generation, step)) {
      ledger.workerFinished(worker);
      outcomes.put(worker, outcome);
      commitWhenComplete();
    }
  }

  private void commitWhenComplete() {
    if (ledger.canCommit() && (activity == Activity.STEP || isSearched())) {
      long step = ledger.commit();
      StepFigures figures = parts.commit(generation(), step, List.copyOf(outcomes.values()));
      StepReport report = report(step, figures);
      done.clear();
      finish(Activity.STEP, () -> reports.committed(generation(), report));
      outcomes.clear();
      suspects.clear();
      skippedFor = "";
      runNextStep();
    }
  }

  private StepReport report(long step, StepFigures figures) {
    long waitedNs = outcomes.values().stream().mapToLong(StepOutcome::dataWaitNs).max().orElse(0);
    return new StepReport(
        step,
        outcomes.values().stream().flatMap(outcome -> outcome.lanes().stream()).toList(),
        (clockNs.getAsLong() - stepBeganNs) * 1e-9,
        waitedNs * 1e-9,
        figures,
        new Suspects(skippedFor, found()));
  }

  private void finish(Activity order, Runnable report) {
    rest();
    done.put(order, report);
    report.run();
  }

  /**
   * Has the lanes searched for once: that repeats the step, and mostly every layer is affected.
   *
   * @param skipped whether the step counts all the same, with no layer changed
   */
  public void nonFinite(GenerationId generation, long step, String layer, boolean skipped) {
    if (ledger.isCurrent(generation, step) && activity == Activity.STEP) {
      activity = Activity.SEARCH;
      skippedFor = skipped ? layer : "";
      parts.search(generation, step, layer);
    }
  }

  /** A worker's lanes in which a layer is not finite. */
  public void suspectsFound(
      GenerationId generation, long step, String layer, int worker, List<Integer> found) {
    if (ledger.isCurrent(generation, step)) {
      suspects.put(worker, found);
      if (isSearched() && skippedFor.isEmpty()) {
        reports.diverged(generation, step, layer, found());
      } else {
        commitWhenComplete();
      }
    }
  }

  private boolean isSearched() {
    return suspects.size() == workers;
  }

  private List<Integer> found() {
    return suspects.values().stream().flatMap(List::stream).sorted().toList();
  }

  // Between steps

  /** Evaluates batches [from, to) of the test set on the weights of a step. */
  public void evaluate(GenerationId generation, long step, int from, int to) {
    if (mustDo(Activity.EVALUATION, generation, step)) {
      List<LaneRange> shares = LaneRange.deal(to - from, workers);
      for (int worker = 0; worker < workers; worker++) {
        LaneRange share = shares.get(worker);
        parts.evaluate(generation, worker, from + share.from(), from + share.to());
      }
    }
  }

  /** Begins what is ordered after a step, unless it is being done; if it is done, says so again. */
  private boolean mustDo(Activity order, GenerationId generation, long step) {
    boolean current = isPromised(generation) && !ledger.isFrozen() && step == ledger.committed();
    if (current && done.containsKey(order)) {
      done.get(order).run();
    } else if (current && activity == Activity.NONE) {
      activity = order;
      return true;
    }
    return false;
  }

  /** A worker's share of an evaluation. */
  public void workerEvaluated(GenerationId generation, int worker, EvaluationOutcome outcome) {
    if (isPromised(generation) && activity == Activity.EVALUATION) {
      evaluations.put(worker, outcome);
      if (evaluations.size() == workers) {
        reportEvaluation();
        runNextStep();
      }
    }
  }

  private void reportEvaluation() {
    long step = ledger.committed();
    List<Outcome> batches = new ArrayList<>();
    evaluations.values().forEach(share -> batches.addAll(share.batches()));
    long waitedNs =
        evaluations.values().stream().mapToLong(EvaluationOutcome::dataWaitNs).max().orElse(0);
    finish(
        Activity.EVALUATION, () -> reports.evaluated(generation(), step, batches, waitedNs * 1e-9));
  }

  /** Writes a checkpoint of the committed state, that of a step. */
  public void writeCheckpoint(GenerationId generation, long step) {
    if (mustDo(Activity.CHECKPOINT, generation, step)) {
      parts.writeCheckpoint();
    }
  }

  /** A checkpoint is on disk, or failed with a text. */
  public void checkpointEnded(String folder, String failure) {
    if (ledger.isFrozen()) {
      rest();
      answerIfStopped();
    } else {
      long step = ledger.committed();
      finish(
          Activity.CHECKPOINT, () -> reports.checkpointEnded(generation(), step, folder, failure));
      runNextStep();
    }
  }

  // What goes wrong

  /** A worker was restarted, empty. */
  public void workerRestarted(int worker) {
    disturbed("worker " + worker + " was restarted after an exception");
    if (halting.contains(worker)) {
      parts.halt(generation(), worker);
    }
  }

  /** The reduction's actor was restarted, empty. */
  public void reductionRestarted() {
    disturbed("the aggregator was restarted after an exception");
    if (freezing) {
      parts.freeze(generation());
    }
  }

  /**
   * The committed state is not what was committed. The node freezes at once, and must be fed before
   * it begins again.
   */
  public void replicaDamaged(String reason) {
    damaged = true;
    if (!ledger.isFrozen()) {
      ledger.freeze();
      stop();
    }
    disturbed(reason);
  }

  /** Work of the promised generation cannot be done. */
  public void disturbed(String reason) {
    if (!generation().equals(GenerationId.NONE)) {
      reports.disturbed(generation(), reason);
    }
  }

  /**
   * Reports that state comes in, or that nothing has moved for too long.
   *
   * @param progress grows with whatever the devices do
   * @param unconnected names of peers without streams
   * @param unfed what state has not come or gone yet
   */
  public void tick(long progress, String unconnected, String unfed) {
    long all = ledger.committed() + progress;
    if (isTaking() && watch.hasMoved(all)) {
      reports.stateComes(generation());
    }
    if (watch.isStalled(all, activity != Activity.NONE, clockNs.getAsLong())) {
      disturbed(
          "no progress for %d s in the %s after step %d; missing: %s"
              .formatted(
                  watch.limitSeconds(),
                  activity.name().toLowerCase(Locale.ROOT),
                  ledger.committed(),
                  missing(unconnected, unfed)));
    }
  }

  /** What the node does, a word; waiting if it is the leader's turn. */
  public String doing() {
    return isWaiting() ? "waiting" : activity.name().toLowerCase(Locale.ROOT);
  }

  /** Whether the node can only wait for its leader's next order. */
  public boolean isWaiting() {
    return activity == Activity.NONE;
  }

  /** Whether its own workers, or the disk, have something to do. */
  public boolean isComputing() {
    return switch (activity) {
      case STEP -> outcomes.size() < workers;
      case SEARCH, EVALUATION, CHECKPOINT -> true;
      case NONE, FEEDING, TAKING, CONNECTING -> false;
    };
  }

  /** Whether the streams to its peers do not stand yet. */
  public boolean isConnecting() {
    return activity == Activity.CONNECTING && !connected;
  }

  /** Whether the node takes the state of others. */
  public boolean isTaking() {
    return activity == Activity.TAKING;
  }

  private String missing(String unconnected, String unfed) {
    return switch (activity) {
      case FEEDING, TAKING -> unfed;
      case CONNECTING -> "streams to " + unconnected;
      case STEP -> ledger.missing();
      case SEARCH -> (workers - suspects.size()) + " of the workers";
      case EVALUATION -> (workers - evaluations.size()) + " of the workers";
      case CHECKPOINT -> "the disk";
      case NONE -> "nobody";
    };
  }
}
