package io.larch.coordinate;

import io.larch.compute.Outcome;
import io.larch.coordinate.Assignment.Share;
import io.larch.coordinate.Promises.Promise;
import io.larch.observe.Event;
import io.larch.observe.LaneSamples;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import io.larch.reduce.Timetable;
import io.larch.transport.DataAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Decides how a run is led: generations, who takes part in them, the lease of steps, evaluation and
 * checkpoints. It is not on the path of a step, and holds nothing that the nodes could not be asked
 * again: another leader of the same run begins with a newer generation and goes on from what the
 * nodes answer.
 *
 * <pre>
 *   preparing --all prepared--> feeding --all have the state--> beginning --all begun--> training
 *       ^                                                                                 |    ^
 *       |                                                              lease has run out  |    |
 *       +---- a node lost, or something broke, in any state;                              v    |
 *             a node joins or leaves: when a lease has run out             evaluating, keeping +
 * </pre>
 *
 * <p>The committed state of a generation is that of the highest step that a node answers with. Who
 * is behind, or has no state yet, is given it before the generation begins; what anybody has staged
 * is dropped, and the next step is done again. So is a step of which nobody was told, where those
 * who alone had committed it are lost before they have given it to another.
 *
 * <p>Every order is repeated until it is answered, so lost and doubled messages do no harm. Used by
 * one thread; {@link Orders} and {@link Reports} are called on it and must return at once.
 */
public final class Leader {
  /** So often in a row may a step fail; then the run does. */
  public static final int ATTEMPTS_WITHOUT_PROGRESS = 4;

  private static final long REPEAT_NS = Duration.ofSeconds(2).toNanos();
  private static final long PATIENCE_NS = Duration.ofSeconds(30).toNanos();
  private static final int MOST_SKIPPED_IN_A_ROW = 9;
  private static final int LEAST_LEASE = 2;
  private static final double LEASE_SECONDS = 2;

  /** What nodes are told, by their names. */
  public interface Orders {
    /**
     * Promise a generation, stop, and say how far you are.
     *
     * @param afterLease whether to go on to the end of the lease first
     */
    void prepare(String node, GenerationId generation, boolean afterLease);

    /** Give a peer the committed state of these slices. */
    void feed(String node, GenerationId generation, Share to, List<Integer> slices);

    /** Take the state of a step from these peers. */
    void takeState(String node, GenerationId generation, long step, List<Share> from);

    /** Take up lanes and peers after a step. */
    void begin(String node, Assignment assignment, long step);

    /** Put what serves all nodes in its place; answered by {@link #placed}. */
    void place(Assignment assignment);

    /** Go on up to and including a step. */
    void extendLease(String node, GenerationId generation, long lease);

    /** Evaluate batches [from, to) of the test set. */
    void evaluate(String node, GenerationId generation, long step, int from, int to);

    /** Write a checkpoint of the committed state. */
    void writeCheckpoint(String node, GenerationId generation, long step);
  }

  /** What the leader tells of the run. */
  public interface Reports extends Event.Listener {
    /** The run has no need of a node that was to leave. */
    void released(String node);

    /** A newcomer cannot take part; the others go on without it. */
    void excluded(String node, String reason);

    /** All steps are done, evaluated and kept. */
    void finished();

    /** The run cannot go on. */
    void failed(String reason);

    /** A layer's gradient is not finite in these lanes; the step was not applied. */
    void diverged(long step, String layer, List<LaneSamples> lanes);
  }

  private enum Phase {
    PREPARING,
    FEEDING,
    BEGINNING,
    TRAINING,
    EVALUATING,
    KEEPING,
    ENDED
  }

  private final RunPlan plan;
  private final NoiseScale noise = new NoiseScale();
  private final String home;
  private final long incarnation;
  private final LongSupplier clockNs;
  private final Orders orders;
  private final Reports reports;

  private final Roster roster;
  private final Newcomers newcomers = new Newcomers();

  private Phase phase = Phase.PREPARING;
  private GenerationId generation = GenerationId.NONE;
  private String reason = "the run begins";
  private boolean afterLease;
  private int fruitless;
  private int skippedInARow;

  /** Who has not done yet what all were asked last, and how each is asked. */
  private final Set<String> awaited = new TreeSet<>();

  private Consumer<String> request = node -> {};
  private boolean placing;
  private long askedNs;
  private long waitingSinceNs;

  private final Promises promises = new Promises();
  private Assignment assignment;
  private final Pace pace;

  /** Who is so slow that lanes are to be dealt anew when the lease has run out; empty if nobody. */
  private String uneven = "";

  private long committed = Long.MIN_VALUE;

  /** The last step that all had committed, so that it may have been told: it stays done. */
  private long told;

  /** The step after which the generation began. */
  private long base;

  /** The last step after which all that was due has been done. */
  private long settled;

  private long lease;

  /** How many steps are granted at once. */
  private int leaseSteps = LEAST_LEASE;

  /** Whether somebody wants a checkpoint, as soon as the lease has run out, that is not written. */
  private boolean keepAsked;

  private final Map<Long, StepReports> steps = new TreeMap<>();
  private final Map<String, List<Integer>> suspects = new TreeMap<>();
  private SharedEvaluation evaluation;

  /**
   * Leads a run on some nodes from {@link #start} on.
   *
   * @param members if there are several, they have no more devices than the run has lanes
   * @param home name of the node in the leader's own process, which writes checkpoints
   * @param incarnation random
   * @param afterLease whether nodes that are at work go on to the end of their lease first
   * @param clockNs any clock that runs on
   */
  public Leader(
      RunPlan plan,
      List<Party> members,
      String home,
      long incarnation,
      boolean afterLease,
      LongSupplier clockNs,
      Orders orders,
      Reports reports) {
    this.plan = plan;
    this.home = home;
    this.incarnation = incarnation;
    this.afterLease = afterLease;
    this.clockNs = clockNs;
    this.orders = orders;
    this.reports = reports;
    pace = new Pace(plan.lanes());
    roster = new Roster(members);
  }

  public void start() {
    prepare(GenerationId.NONE.next(incarnation), reason);
  }

  /** Whether the last thing has been told. */
  public boolean hasEnded() {
    return phase == Phase.ENDED;
  }

  /** Repeats what was not answered, and says who keeps everybody waiting. */
  public void tick() {
    long now = clockNs.getAsLong();
    if (now - askedNs >= REPEAT_NS) {
      askedNs = now;
      List.copyOf(awaited).forEach(this::remind);
    }
    if (now - waitingSinceNs >= PATIENCE_NS && !awaited.isEmpty()) {
      waitingSinceNs = now;
      overdue();
    }
  }

  /** Who has promised a newer generation in the meantime does nothing in this one, but says so. */
  private void remind(String node) {
    if (phase != Phase.PREPARING) {
      orders.prepare(node, generation, false);
    }
    request.accept(node);
  }

  /**
   * What comes up only between generations is judged here; what nodes do, they watch themselves.
   */
  private void overdue() {
    String missing =
        "%s for %d s".formatted(String.join(", ", awaited), PATIENCE_NS / 1_000_000_000);
    if (phase == Phase.PREPARING) {
      afterLease = false;
      warn("generation %d waits for %s".formatted(generation.counter(), missing));
    } else if (phase == Phase.FEEDING) {
      again("nothing of the state has reached " + missing);
    }
  }

  private void ask(Phase next, Set<String> whom, Consumer<String> how) {
    phase = next;
    awaited.clear();
    awaited.addAll(whom);
    request = how;
    askedNs = clockNs.getAsLong();
    waitingSinceNs = askedNs;
    List.copyOf(whom).forEach(how);
  }

  private boolean isAwaited(Phase asked, GenerationId of, String node) {
    return phase == asked && generation.equals(of) && awaited.contains(node);
  }

  private void warn(String text) {
    reports.on(new Event.Warning(text));
  }

  /** Who has not done yet what all were asked last. */
  public List<Wait> waits() {
    return awaited.stream()
        .map(node -> new Wait(node, phase.name().toLowerCase(Locale.ROOT), "", "its answer"))
        .toList();
  }

  // Membership

  /** A node that means the same run wants to take part: from the end of the lease on. */
  public void joins(Party party) {
    roster.joins(party);
  }

  /** A node is to leave; it is released once the others go on without it. */
  public void leaves(String node) {
    if (!roster.leaves(node)) {
      reports.released(node);
    } else if (roster.isForsaken()) {
      fail("the last node with it, " + node + ", was told to leave");
    }
  }

  /** A node is dead, or out of the cluster. */
  public void lost(String node) {
    newcomers.remove(node);
    if (!roster.lost(node) || phase == Phase.ENDED) {
      return;
    }
    if (roster.names().isEmpty()) {
      fail("the last node with it, " + node + ", is lost");
    } else if (phase == Phase.PREPARING) {
      promises.remove(node);
      awaited.remove(node);
      decideIfPrepared();
    } else {
      afterLease = false;
      prepare(generation.next(incarnation), "the cluster has lost " + node);
    }
  }

  private boolean isChangeWanted() {
    return roster.isToChange() || !uneven.isEmpty();
  }

  private String change() {
    List<String> parts = roster.changes();
    if (!uneven.isEmpty()) {
      parts.add("lanes are dealt by speed, for " + uneven);
    }
    return String.join(", ", parts);
  }

  // Preparing

  private void prepare(GenerationId next, String why) {
    generation = next;
    reason = why;
    promises.clear();
    welcome(roster.admit());
    ask(Phase.PREPARING, roster.names(), node -> orders.prepare(node, generation, afterLease));
  }

  /** Without the node in the leader's own process there would be no leader. */
  private void welcome(Set<String> admitted) {
    newcomers.add(admitted);
    newcomers.remove(home);
  }

  /** A node has promised a newer generation already, that of one who led before or wrongly does. */
  public void outbid(GenerationId of, long counter) {
    if (phase != Phase.ENDED && of.equals(generation)) {
      String why = phase == Phase.PREPARING ? reason : "another led the run for a while";
      prepare(new GenerationId(counter + 1, incarnation), why);
    }
  }

  /** A node that promises the generation is reached there, which may be elsewhere than before. */
  public void reachedAt(GenerationId of, String node, DataAddress address) {
    if (isAwaited(Phase.PREPARING, of, node)) {
      roster.reachedAt(node, address);
    }
  }

  /**
   * A node has promised the generation and stopped.
   *
   * @param at the last step it committed
   * @param hash of its weights after that step
   * @param damaged whether its state is not what it committed
   * @param settledAt the last step after which, as it knows, all that was due has been done
   * @param lanes of its devices in the last generation
   */
  public void prepared(
      GenerationId of,
      String node,
      long at,
      long hash,
      boolean damaged,
      long settledAt,
      List<Lanes> lanes) {
    if (isAwaited(Phase.PREPARING, of, node)) {
      promises.put(node, new Promise(at, hash, damaged, settledAt, lanes));
      awaited.remove(node);
      decideIfPrepared();
    }
  }

  private void decideIfPrepared() {
    if (!awaited.isEmpty()) {
      return;
    }
    if (committed == Long.MIN_VALUE) {
      takeOver();
    }
    keepOut(newcomers.unfit());
    OptionalLong last = promises.lastHeld();
    if (last.isEmpty() || last.getAsLong() < told) {
      fail("nobody is left with the state after step " + told);
      return;
    }
    committed = last.getAsLong();
    if (!agreed()) {
      return;
    }
    settled = promises.settled();
    decide();
  }

  /** Who led before, and how far, the first answers tell. */
  private void takeOver() {
    told = promises.told();
    if (promises.anyHasTrained()) {
      reason = "another leads the run";
      welcome(promises.untrained());
    }
  }

  /** The others go on without these newcomers, unless nobody else has the state. */
  private void keepOut(Map<String, String> unfit) {
    OptionalLong last = promises.lastHeldBeside(unfit.keySet());
    if (last.isEmpty() || last.getAsLong() < told) {
      newcomers.clear();
    } else {
      unfit.forEach(this::exclude);
    }
  }

  private void exclude(String node, String why) {
    newcomers.remove(node);
    roster.lost(node);
    promises.remove(node);
    reports.excluded(node, why);
  }

  /**
   * Of those who have committed the same step but hold different weights, most are right, and the
   * others must be fed. Where it cannot be known who is right, the run ends.
   */
  private boolean agreed() {
    List<Set<String>> holders = promises.holders(committed);
    int most = holders.stream().mapToInt(Set::size).max().orElse(0);
    List<Set<String>> right = holders.stream().filter(s -> s.size() == most).toList();
    if (right.size() > 1) {
      fail(
          "the weights after step %d differ between %s, and which are right cannot be known; go on from the last checkpoint"
              .formatted(
                  committed,
                  right.stream()
                      .map(nodes -> String.join(", ", nodes))
                      .collect(Collectors.joining(" and "))));
      return false;
    }
    holders.stream()
        .filter(nodes -> !right.contains(nodes))
        .flatMap(Set::stream)
        .forEach(this::reject);
    return true;
  }

  private void reject(String node) {
    promises.reject(node);
    warn(
        "the weights of %s after step %d are not those of the other nodes, which give it theirs"
            .formatted(node, committed));
  }

  private void decide() {
    lease = committed;
    base = committed;
    afterLease = false;
    steps.clear();
    suspects.clear();
    reports.on(new Event.Generation(generation.counter(), committed, reason));
    List<Party> staying = roster.staying();
    assignment =
        new Assignment(
            generation, 0, LaneDeal.deal(plan.lanes(), staying, promises.lanes(), pace.speeds()));
    pace.begin(assignment.shares());
    uneven = "";
    Set<String> hungry =
        staying.stream()
            .map(Party::name)
            .filter(node -> !promises.holds(node, committed))
            .collect(Collectors.toCollection(TreeSet::new));
    if (hungry.isEmpty()) {
      begin();
    } else {
      feed(hungry);
    }
  }

  // Feeding

  private void feed(Set<String> hungry) {
    List<String> full =
        roster.names().stream().filter(node -> promises.holds(node, committed)).toList();
    Map<String, List<Integer>> fed = FeedPlan.deal(plan.slices(), full);
    List<Share> feeders =
        fed.keySet().stream().map(roster::party).map(Leader::withoutLanes).toList();
    ask(
        Phase.FEEDING,
        hungry,
        node -> {
          orders.takeState(node, generation, committed, feeders);
          fed.forEach((feeder, slices) -> orders.feed(feeder, generation, share(node), slices));
        });
  }

  private static Share withoutLanes(Party party) {
    return new Share(party.name(), party.address(), List.of());
  }

  private Share share(String node) {
    return assignment.shares().stream()
        .filter(s -> s.node().equals(node))
        .findFirst()
        .orElseThrow();
  }

  /** Some of the state has come to a node. */
  public void stateComes(GenerationId of, String node) {
    if (isAwaited(Phase.FEEDING, of, node)) {
      waitingSinceNs = clockNs.getAsLong();
    }
  }

  /** A node has taken the state of a step. */
  public void stateTaken(GenerationId of, String node, long step) {
    if (isAwaited(Phase.FEEDING, of, node) && step == committed) {
      awaited.remove(node);
      waitingSinceNs = clockNs.getAsLong();
      if (awaited.isEmpty()) {
        begin();
      }
    }
  }

  // Beginning

  private void begin() {
    placing = true;
    orders.place(assignment);
    ask(
        Phase.BEGINNING,
        assignment.shares().stream()
            .map(Share::node)
            .collect(Collectors.toCollection(TreeSet::new)),
        node -> orders.begin(node, assignment.of(number(node)), committed));
  }

  private int number(String node) {
    return assignment.shares().indexOf(share(node));
  }

  /** A node has taken up its lanes, and its streams to all peers stand. */
  public void begun(GenerationId of, String node) {
    if (isAwaited(Phase.BEGINNING, of, node)) {
      awaited.remove(node);
      trainIfBegun();
    }
  }

  /** What serves all nodes is in its place. */
  public void placed(GenerationId of) {
    if (of.equals(generation)) {
      placing = false;
      trainIfBegun();
    }
  }

  /** What serves all nodes cannot be put in its place. */
  public void notPlaced(GenerationId of, String why) {
    if (of.equals(generation) && phase == Phase.BEGINNING) {
      again(why);
    }
  }

  private void trainIfBegun() {
    if (phase == Phase.BEGINNING && awaited.isEmpty() && !placing) {
      told = committed;
      roster.release(assignment.shares()).forEach(reports::released);
      if (committed > settled && isDue(committed)) {
        settle();
      } else if (keepAsked) {
        keep();
      } else {
        goOn();
      }
    }
  }

  // Training

  private void goOn() {
    if (isChangeWanted()) {
      prepare(generation.next(incarnation), change());
    } else {
      extendLease();
    }
  }

  /**
   * Lets the nodes go on to the next step after which something is due, but not so far that a
   * change would have to wait long.
   */
  private void extendLease() {
    long due = plan.timetable().leaseAfter(committed);
    long next = Math.min(due, committed + leaseSteps);
    if (next > lease || phase != Phase.TRAINING) {
      lease = Math.max(lease, next);
      ask(Phase.TRAINING, roster.names(), node -> orders.extendLease(node, generation, lease));
    }
  }

  /** A node has committed a step. */
  public void committed(GenerationId of, String node, StepReport report) {
    if (phase != Phase.TRAINING || !of.equals(generation) || report.step() <= committed) {
      return;
    }
    askedNs = clockNs.getAsLong();
    if (report.step() == lease) {
      awaited.remove(node);
    }
    StepReports all = steps.computeIfAbsent(report.step(), step -> new StepReports(plan.lanes()));
    all.add(report);
    all.total().ifPresent(total -> stepDone(report.step(), all, total));
  }

  private void stepDone(long step, StepReports all, Outcome total) {
    steps.keySet().removeIf(each -> each <= step);
    committed = step;
    told = step;
    newcomers.clear();
    fruitless = 0;
    leaseSteps = Math.max(LEAST_LEASE, (int) (LEASE_SECONDS / all.seconds()));
    reports.on(stepEvent(step, all, total));
    if (!all.tensors().isEmpty()) {
      reports.on(new Event.Layers(step, all.tensors()));
    }
    if (plan.measuresNoise(step)) {
      noise
          .measured(step, all.lanes(), all.tensors())
          .filter(told -> plan.tellsNoise(step))
          .ifPresent(reports::on);
    }
    skippedInARow = all.skipped().isNone() ? 0 : skippedInARow + 1;
    if (skippedInARow > 0) {
      skipped(step, all.skipped());
    }
    if (phase == Phase.ENDED) {
      return;
    }
    if (!all.agree()) {
      replicasDiffer(step);
      return;
    }
    pace.stepped(all.seconds(), all.phases()).ifPresent(this::found);
    if (isDue(step) || (keepAsked && step == lease)) {
      settle();
    } else if (step == lease) {
      goOn();
    } else if (!keepAsked && !isChangeWanted()) {
      extendLease();
    }
  }

  /** A step that no node has applied counts, but not many of them. */
  private void skipped(long step, Suspects why) {
    List<LaneSamples> lanes = plan.samples(step, why.lanes());
    reports.on(new Event.Skipped(step, why.layer(), lanes));
    if (skippedInARow > MOST_SKIPPED_IN_A_ROW) {
      endDiverged(step, why.layer(), lanes);
    }
  }

  private void endDiverged(long step, String layer, List<LaneSamples> lanes) {
    phase = Phase.ENDED;
    awaited.clear();
    reports.diverged(step, layer, lanes);
  }

  private void found(Pace.Finding finding) {
    warn(finding.text());
    uneven = finding.moves() ? finding.text() : uneven;
  }

  /** Some node was seen to hold other weights than the others after a step. */
  public void replicasDiffer(long step) {
    boolean underWay =
        phase == Phase.TRAINING || phase == Phase.EVALUATING || phase == Phase.KEEPING;
    if (underWay && step > base) {
      prepare(generation.next(incarnation), "weights differ after step " + step);
    }
  }

  private Event.Step stepEvent(long step, StepReports all, Outcome total) {
    Timetable timetable = plan.timetable();
    return new Event.Step(
        step,
        timetable.epoch(step),
        total.loss(),
        total.share(total.top1()),
        plan.rate().applyAsDouble(step),
        timetable.globalBatch() / all.seconds(),
        all.seconds(),
        all.dataWaitSeconds(),
        all.phases());
  }

  private boolean isDue(long step) {
    Timetable timetable = plan.timetable();
    return step >= timetable.lastStep()
        || timetable.evaluateAfter(step)
        || timetable.checkpointAfter(step);
  }

  /** Write a checkpoint once the lease has run out. */
  public void keepState() {
    keepAsked = true;
  }

  /** A layer's gradient is not finite in these lanes of a node. */
  public void diverged(GenerationId of, String node, long step, String layer, List<Integer> lanes) {
    if (phase == Phase.TRAINING && of.equals(generation)) {
      suspects.put(node, lanes);
      if (suspects.keySet().containsAll(roster.names())) {
        List<Integer> all = suspects.values().stream().flatMap(List::stream).sorted().toList();
        endDiverged(step, layer, plan.samples(step, all));
      }
    }
  }

  // What goes wrong

  /** A part of a node failed; the step in flight has to be done again. */
  public void disturbed(GenerationId of, String why) {
    if (of.equals(generation) && phase != Phase.PREPARING && phase != Phase.ENDED) {
      again(why);
    }
  }

  private void again(String why) {
    Set<String> unproven = unproven();
    newcomers.failed(unproven, why);
    fruitless += unproven.isEmpty() ? 1 : 0;
    if (fruitless >= ATTEMPTS_WITHOUT_PROGRESS) {
      fail("step %d failed %d times; the last time: %s".formatted(committed + 1, fruitless, why));
    } else {
      warn(why + "; the step in flight is done again");
      prepare(generation.next(incarnation), why);
    }
  }

  /** Newcomers for whose sake it may have failed; not those who have got the state already. */
  private Set<String> unproven() {
    return newcomers.among(phase == Phase.FEEDING ? awaited : roster.names());
  }

  /** A node cannot do its part, now or later. */
  public void hopeless(GenerationId of, String why) {
    if (!of.equals(generation) || phase == Phase.PREPARING || phase == Phase.ENDED) {
      return;
    }
    Set<String> unproven = unproven();
    if (unproven.isEmpty()) {
      fail(why);
    } else {
      newcomers.rejected(unproven, why);
      prepare(generation.next(incarnation), why);
    }
  }

  private void fail(String why) {
    if (phase != Phase.ENDED) {
      phase = Phase.ENDED;
      awaited.clear();
      reports.failed(why);
    }
  }

  // Between steps

  /** Does what is due after a committed step, then goes on. */
  private void settle() {
    if (plan.timetable().evaluateAfter(committed) && plan.testBatches() > 0) {
      evaluate();
    } else {
      keepIfDue();
    }
  }

  private void evaluate() {
    evaluation = new SharedEvaluation(plan.testBatches(), assignment.shares());
    ask(
        Phase.EVALUATING,
        roster.names(),
        node -> {
          LaneRange batches = evaluation.batches(node);
          orders.evaluate(node, generation, committed, batches.from(), batches.to());
        });
  }

  /** A node's share of the test set, one outcome a batch. */
  public void evaluated(
      GenerationId of, String node, long step, List<Outcome> batches, double dataWaitSeconds) {
    if (isAwaited(Phase.EVALUATING, of, node) && step == committed) {
      awaited.remove(node);
      evaluation.evaluated(node, batches, dataWaitSeconds);
      if (awaited.isEmpty()) {
        reports.on(evaluation.event(committed));
        keepIfDue();
      }
    }
  }

  private void keepIfDue() {
    if (plan.timetable().checkpointAfter(committed) || keepAsked) {
      keep();
    } else {
      settled();
    }
  }

  private void keep() {
    String keeper = roster.names().contains(home) ? home : roster.names().iterator().next();
    ask(Phase.KEEPING, Set.of(keeper), node -> orders.writeCheckpoint(node, generation, committed));
  }

  /** A checkpoint is on disk, or failed with a text. */
  public void checkpointEnded(
      GenerationId of, String node, long step, String folder, String failure) {
    if (isAwaited(Phase.KEEPING, of, node) && step == committed) {
      awaited.remove(node);
      keepAsked = false;
      reports.on(
          failure.isEmpty()
              ? new Event.CheckpointWritten(committed, folder)
              : new Event.Warning(
                  "the checkpoint of step %d could not be written: %s"
                      .formatted(committed, failure)));
      settled();
    }
  }

  private void settled() {
    settled = committed;
    if (settled >= plan.timetable().lastStep()) {
      phase = Phase.ENDED;
      reports.finished();
    } else {
      goOn();
    }
  }
}
