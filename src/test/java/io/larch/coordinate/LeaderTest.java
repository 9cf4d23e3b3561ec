package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.Outcome;
import io.larch.config.TransportSettings.Checksum;
import io.larch.coordinate.Assignment.Share;
import io.larch.observe.DevicePhases;
import io.larch.observe.Event;
import io.larch.observe.LaneSamples;
import io.larch.observe.NodePhases;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import io.larch.reduce.Slice;
import io.larch.reduce.Timetable;
import io.larch.transport.DataAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Nodes are answered for by hand; what they are ordered is read as text. */
class LeaderTest {
  private static final long SECOND = 1_000_000_000;
  private static final int LANES = 4;

  /** Ten steps of 4 samples, an evaluation after every fourth and at the end. */
  private static final Timetable TIMETABLE = new Timetable(4, 16, 10, 10, 1, true, false, 0, 0);

  private static final List<Slice> SLICES =
      List.of(
          new Slice(0, "a", false, 0, 100, List.of()),
          new Slice(1, "b", false, 100, 300, List.of()),
          new Slice(2, "c", false, 400, 150, List.of()));

  private final List<String> ordered = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private GenerationId generation;
  private Assignment assignment;
  private long lease;
  private long nowNs;

  private final Leader.Orders orders =
      new Leader.Orders() {
        @Override
        public void prepare(String node, GenerationId of, boolean afterLease) {
          generation = of;
          ordered.add("prepare " + node + (afterLease ? " after lease" : ""));
        }

        @Override
        public void feed(String node, GenerationId of, Share to, List<Integer> slices) {
          ordered.add("feed " + node + " to " + to.node() + " " + slices);
        }

        @Override
        public void takeState(String node, GenerationId of, long step, List<Share> from) {
          ordered.add("take " + node + " " + step + " " + from.stream().map(Share::node).toList());
        }

        @Override
        public void begin(String node, Assignment dealt, long step) {
          assignment = dealt;
          ordered.add("begin " + node + " " + step);
        }

        @Override
        public void place(Assignment dealt) {}

        @Override
        public void extendLease(String node, GenerationId of, long to) {
          lease = to;
          ordered.add("lease " + node + " " + to);
        }

        @Override
        public void evaluate(String node, GenerationId of, long step, int from, int to) {
          ordered.add("evaluate " + node + " " + step + " " + from + "-" + to);
        }

        @Override
        public void writeCheckpoint(String node, GenerationId of, long step) {
          ordered.add("keep " + node + " " + step);
        }
      };

  private final Leader.Reports reports =
      new Leader.Reports() {
        @Override
        public void on(Event event) {
          if (event instanceof Event.Generation begun) {
            told.add("generation " + begun.number() + " " + begun.reason());
          } else if (event instanceof Event.Step step) {
            told.add("step " + step.step());
          } else if (event instanceof Event.Evaluated evaluated) {
            told.add("evaluated " + evaluated.step());
          } else if (event instanceof Event.Skipped skipped) {
            told.add("skipped " + skipped.layer() + " " + LaneSamples.text(skipped.lanes()));
          } else if (event instanceof Event.Warning warning) {
            told.add(warning.text());
          }
        }

        @Override
        public void released(String node) {
          told.add("released " + node);
        }

        @Override
        public void excluded(String node, String reason) {
          told.add("excluded " + node + ": " + reason);
        }

        @Override
        public void finished() {
          told.add("finished");
        }

        @Override
        public void failed(String reason) {
          told.add("failed: " + reason);
        }

        @Override
        public void diverged(long step, String layer, List<LaneSamples> lanes) {
          told.add("diverged " + step + " " + layer + " " + LaneSamples.text(lanes));
        }
      };

  /** As after the loss of its media driver. */
  @Test
  void shouldDealANodeWhereItIsReachedSinceItsLastPromise() {
    Leader leader = leader(false, "a", "b");
    DataAddress there = new DataAddress(7, "driver", "127.0.0.1:1", -1, Checksum.NEVER);
    leader.reachedAt(generation, "b", there);
    leader.reachedAt(generation.next(1), "b", null);
    prepared(leader, "a", 0, 0);
    prepared(leader, "b", 0, 0);
    Share dealt =
        assignment.shares().stream().filter(s -> s.node().equals("b")).findFirst().orElseThrow();
    assertEquals(there, dealt.address());
  }

  private Leader leader(boolean afterLease, String... nodes) {
    return leader(TIMETABLE, afterLease, nodes);
  }

  private Leader leader(Timetable timetable, boolean afterLease, String... nodes) {
    List<Party> members = new ArrayList<>();
    for (String node : nodes) {
      members.add(new Party(node, null, 1));
    }
    RunPlan plan = new RunPlan(timetable, step -> 0.1, LANES, 6, SLICES, false);
    Leader leader = new Leader(plan, members, "a", 77, afterLease, () -> nowNs, orders, reports);
    leader.start();
    return leader;
  }

  private void prepared(Leader leader, String node, long committed, long settled) {
    leader.prepared(generation, node, committed, 0, false, settled, lanesOf(node));
  }

  /** It had lanes before this leader led. */
  private void preparedBefore(Leader leader, String node, long committed, boolean damaged) {
    List<Lanes> had = List.of(Lanes.of(new LaneRange(0, 1)));
    leader.prepared(generation, node, committed, 0, damaged, committed - 1, had);
  }

  private List<Lanes> lanesOf(String node) {
    return assignment == null
        ? List.of()
        : assignment.shares().stream()
            .filter(share -> share.node().equals(node))
            .findFirst()
            .map(Share::devices)
            .orElse(List.of());
  }

  private void begin(Leader leader, String... nodes) {
    for (String node : nodes) {
      leader.begun(generation, node);
    }
    leader.placed(generation);
  }

  /** All nodes prepare at a step, begin and wait for what comes. */
  private void bringUp(Leader leader, long step, String... nodes) {
    for (String node : nodes) {
      prepared(leader, node, step, Math.max(0, step - 1));
    }
    begin(leader, nodes);
  }

  private void commit(Leader leader, long step) {
    for (Share share : assignment.shares()) {
      commit(leader, share, step);
    }
  }

  private void commit(Leader leader, Share share, long step) {
    commit(leader, share, step, Suspects.NONE);
  }

  private void commit(Leader leader, Share share, long step, Suspects skipped) {
    leader.committed(
        generation, share.node(), report(share.node(), step, outcomes(share), skipped));
  }

  private static List<LaneOutcome> outcomes(Share share) {
    return share.devices().get(0).all().mapToObj(l -> new LaneOutcome(l, Outcome.NONE, 0)).toList();
  }

  private static StepReport report(
      String node, long step, List<LaneOutcome> lanes, Suspects skipped) {
    return report(node, step, lanes, new DevicePhases(0, 0, 0, 0, 0), 0, skipped);
  }

  /** Of a step that was applied. */
  private static StepReport report(
      String node, long step, List<LaneOutcome> lanes, DevicePhases device, long hash) {
    return report(node, step, lanes, device, hash, Suspects.NONE);
  }

  private static StepReport report(
      String node,
      long step,
      List<LaneOutcome> lanes,
      DevicePhases device,
      long hash,
      Suspects skipped) {
    NodePhases phases = new NodePhases(node, List.of(device), 0, 0, null, null);
    return new StepReport(step, lanes, 1, 0, new StepFigures(phases, hash, List.of()), skipped);
  }

  private List<String> newOrders() {
    List<String> all = List.copyOf(ordered);
    ordered.clear();
    return all;
  }

  @Test
  void shouldBeginWithTheHighestStepAndHaveThoseBehindFed() {
    Leader leader = leader(false, "a", "b", "c");
    assertEquals(List.of("prepare a", "prepare b", "prepare c"), newOrders());
    prepared(leader, "a", 7, 6);
    prepared(leader, "b", 6, 6);
    prepared(leader, "c", 7, 6);
    assertEquals(List.of("take b 7 [a, c]", "feed a to b [1]", "feed c to b [2, 0]"), newOrders());
    leader.stateTaken(generation, "b", 7);
    assertEquals(List.of("begin a 7", "begin b 7", "begin c 7"), newOrders());
    begin(leader, "a", "b");
    assertEquals(List.of(), newOrders());
    leader.begun(generation, "c");
    assertEquals(List.of("lease a 8", "lease b 8", "lease c 8"), newOrders());
  }

  @Test
  void shouldFeedWhoseStateIsDamaged() {
    Leader leader = leader(false, "a", "b");
    preparedBefore(leader, "a", 7, true);
    preparedBefore(leader, "b", 7, false);
    assertEquals(
        List.of("prepare a", "prepare b", "take a 7 [b]", "feed b to a [1, 2, 0]"), newOrders());
    leader.disturbed(generation, "b broke");
    assertEquals(List.of("prepare a", "prepare b"), newOrders());
    prepared(leader, "a", 6, 6);
    leader.prepared(generation, "b", 7, 0, true, 6, List.of());
    assertEquals("failed: nobody is left with the state after step 7", last(told));
  }

  /** One node of four is lost in step 2, which another alone has committed by then. */
  private Leader leaderWhereOnlyCIsAhead() {
    Leader leader = leader(false, "a", "b", "c", "d");
    bringUp(leader, 0, "a", "b", "c", "d");
    commit(leader, 1);
    leader.lost("d");
    prepared(leader, "a", 1, 1);
    prepared(leader, "b", 1, 1);
    newOrders();
    prepared(leader, "c", 2, 1);
    assertEquals(
        List.of("take a 2 [c]", "feed c to a [1, 2, 0]", "take b 2 [c]", "feed c to b [1, 2, 0]"),
        newOrders());
    return leader;
  }

  @Test
  void shouldDoAStepAgainWhoseOnlyHolderIsLostWhileItFeeds() {
    Leader leader = leaderWhereOnlyCIsAhead();
    leader.lost("c");
    prepared(leader, "a", 1, 1);
    newOrders();
    prepared(leader, "b", 1, 1);
    assertEquals(List.of("begin a 1", "begin b 1"), newOrders());
    begin(leader, "a", "b");
    commit(leader, 2);
    assertEquals("step 2", last(told));
  }

  @Test
  void shouldDoAStepAgainWhoseOnlyHolderIsDamaged() {
    Leader leader = leaderWhereOnlyCIsAhead();
    leader.disturbed(generation, "slice 3 of c is not what was committed");
    prepared(leader, "a", 1, 1);
    prepared(leader, "b", 1, 1);
    newOrders();
    leader.prepared(generation, "c", 2, 0, true, 1, lanesOf("c"));
    assertEquals(List.of("take c 1 [a, b]", "feed a to c [1]", "feed b to c [2, 0]"), newOrders());
  }

  /** Who fed is lost when all have begun: by then an evaluation of the step may have been told. */
  @Test
  void shouldNotUndoAStepAfterWhichAllHaveBegun() {
    Leader leader = leaderWhereOnlyCIsAhead();
    leader.stateTaken(generation, "a", 2);
    leader.stateTaken(generation, "b", 2);
    begin(leader, "a", "b", "c");
    leader.lost("c");
    prepared(leader, "a", 1, 1);
    prepared(leader, "b", 1, 1);
    assertEquals("failed: nobody is left with the state after step 2", last(told));
  }

  @Test
  void shouldNotUndoAStepThatWasTold() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    commit(leader, 1);
    leader.disturbed(generation, "a broke");
    prepared(leader, "a", 0, 0);
    leader.prepared(generation, "b", 1, 0, true, 0, lanesOf("b"));
    assertEquals("failed: nobody is left with the state after step 1", last(told));
  }

  /** It was not told if one of those who trained has not committed it. */
  @Test
  void shouldKnowOfWhatAnotherToldWhoLedBefore() {
    Leader mayGoBack = leader(false, "a", "b");
    preparedBefore(mayGoBack, "a", 6, false);
    newOrders();
    preparedBefore(mayGoBack, "b", 7, true);
    assertEquals(List.of("take b 6 [a]", "feed a to b [1, 2, 0]"), newOrders());
    Leader mayNot = leader(false, "a", "b");
    prepared(mayNot, "a", 0, 0);
    preparedBefore(mayNot, "b", 7, true);
    assertEquals("failed: nobody is left with the state after step 7", last(told));
  }

  /** That which only one node has read from its disk was told when it was trained. */
  @Test
  void shouldNotBeginAnewWhereTheStateThatARunGoesOnFromIsLost() {
    Leader leader = leader(false, "a", "b");
    prepared(leader, "a", 0, 0);
    prepared(leader, "b", 7, 6);
    leader.lost("b");
    prepared(leader, "a", 0, 0);
    assertEquals("failed: nobody is left with the state after step 7", last(told));
  }

  private static String last(List<String> list) {
    return list.get(list.size() - 1);
  }

  /** Whoever is with most others is right. */
  @Test
  void shouldFeedWhoseWeightsDifferAfterAStep() {
    Leader leader = leader(false, "a", "b", "c");
    bringUp(leader, 0, "a", "b", "c");
    newOrders();
    for (Share share : assignment.shares()) {
      long hash = share.node().equals("b") ? 13 : 12;
      leader.committed(
          generation,
          share.node(),
          report(share.node(), 1, outcomes(share), new DevicePhases(0, 0, 0, 0, 0), hash));
    }
    assertEquals(List.of("prepare a", "prepare b", "prepare c"), newOrders());
    leader.prepared(generation, "a", 1, 12, false, 0, lanesOf("a"));
    leader.prepared(generation, "b", 1, 13, false, 0, lanesOf("b"));
    leader.prepared(generation, "c", 1, 12, false, 0, lanesOf("c"));
    assertEquals(List.of("take b 1 [a, c]", "feed a to b [1]", "feed c to b [2, 0]"), newOrders());
    assertTrue(told.contains("generation 2 weights differ after step 1"), told::toString);
    assertTrue(
        told.contains(
            "the weights of b after step 1 are not those of the other nodes, which give it theirs"),
        told::toString);
  }

  @Test
  void shouldEndWhereItCannotBeKnownWhoseWeightsAreRight() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    commit(leader, 1);
    leader.replicasDiffer(1);
    leader.prepared(generation, "a", 1, 12, false, 0, lanesOf("a"));
    leader.prepared(generation, "b", 1, 13, false, 0, lanesOf("b"));
    assertEquals(
        "failed: the weights after step 1 differ between a and b, and which are right cannot be known; go on from the last checkpoint",
        last(told));
  }

  @Test
  void shouldNotHearOfDifferencesThatAreMended() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 5, "a", "b");
    newOrders();
    leader.replicasDiffer(5);
    assertEquals(List.of(), newOrders());
  }

  @Test
  void shouldDealLanesBySpeedWhenTheLeaseHasRunOut() {
    Timetable long100 = new Timetable(4, 16, 100, 100, 0, false, false, 0, 0);
    Leader leader = leader(long100, false, "a", "b");
    bringUp(leader, 0, "a", "b");
    GenerationId first = generation;
    for (long step = 1; generation.equals(first); step++) {
      assertTrue(step < 50, "lanes have not moved: " + told);
      for (Share share : assignment.shares()) {
        double seconds = share.node().equals("a") ? 1 : 0.3;
        leader.committed(
            first,
            share.node(),
            report(share.node(), step, outcomes(share), new DevicePhases(0, 0, 0, seconds, 0), 0));
      }
    }
    long step = lease;
    prepared(leader, "a", step, step);
    prepared(leader, "b", step, step);
    begin(leader, "a", "b");
    assertEquals(1, lanesOf("a").get(0).count());
    assertEquals(3, lanesOf("b").get(0).count());
    assertTrue(
        last(told).startsWith("generation 2 lanes are dealt by speed, for device 0 of a takes 3.3"),
        told::toString);
  }

  @Test
  void shouldGoOnWithoutALostNode() {
    Leader leader = leader(false, "a", "b", "c");
    bringUp(leader, 0, "a", "b", "c");
    commit(leader, 1);
    GenerationId before = generation;
    Lanes lanesOfA = lanesOf("a").get(0);
    newOrders();
    leader.lost("b");
    assertTrue(generation.isNewerThan(before));
    assertEquals(List.of("prepare a", "prepare c"), newOrders());
    leader.committed(before, "a", report("a", 2, List.of(), Suspects.NONE));
    prepared(leader, "a", 1, 2);
    prepared(leader, "c", 1, 2);
    assertEquals(List.of("begin a 1", "begin c 1"), newOrders());
    assertEquals("generation 2 the cluster has lost b", last(told));
    assertTrue(
        lanesOf("a").get(0).all().boxed().toList().containsAll(lanesOfA.all().boxed().toList()));
    assertEquals(LANES, assignment.owners().size());
  }

  @Test
  void shouldNotWaitForANodeThatIsLostWhileAllPrepare() {
    Leader leader = leader(false, "a", "b");
    prepared(leader, "a", 0, 0);
    newOrders();
    leader.lost("b");
    assertEquals(List.of("begin a 0"), newOrders());
  }

  @Test
  void shouldTakeInAndLetGoWhenTheLeaseHasRunOut() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    newOrders();
    leader.joins(new Party("c", null, 1));
    leader.leaves("b");
    assertEquals(2, lease);
    commit(leader, 1);
    assertEquals(List.of(), newOrders());
    commit(leader, 2);
    assertEquals(List.of("prepare a", "prepare b", "prepare c"), newOrders());
    prepared(leader, "a", 2, 1);
    prepared(leader, "b", 2, 1);
    prepared(leader, "c", 0, 0);
    assertEquals(List.of("take c 2 [a, b]", "feed a to c [1]", "feed b to c [2, 0]"), newOrders());
    assertFalse(told.contains("released b"));
    leader.stateTaken(generation, "c", 2);
    begin(leader, "a", "c");
    assertTrue(told.contains("released b"));
    assertTrue(told.contains("generation 2 c joins, b leaves"), told.toString());
    assertEquals("lease c 4", last(ordered));
  }

  @Test
  void shouldLetANodeThatAloneHasTheStateFeedAnotherBeforeItLeaves() {
    Leader leader = leader(false, "a");
    bringUp(leader, 0, "a");
    leader.joins(new Party("b", null, 1));
    leader.leaves("a");
    commit(leader, 1);
    newOrders();
    commit(leader, 2);
    assertEquals(List.of("prepare a", "prepare b"), newOrders());
    prepared(leader, "a", 2, 1);
    prepared(leader, "b", 0, 0);
    leader.stateTaken(generation, "b", 2);
    newOrders();
    begin(leader, "b");
    assertEquals(List.of("lease b 4"), newOrders());
    assertTrue(told.contains("released a"));
  }

  @Test
  void shouldBeginWithANodeThatIsToldToLeaveWhenLanesAreDealt() {
    Leader leader = leader(false, "a", "b");
    prepared(leader, "a", 5, 4);
    prepared(leader, "b", 0, 0);
    leader.leaves("a");
    newOrders();
    leader.stateTaken(generation, "b", 5);
    assertEquals(Set.of("begin a 5", "begin b 5"), Set.copyOf(newOrders()));
  }

  @Test
  void shouldTakeTheStateFromANodeThatIsToLeaveBeforeAnythingHasBegun() {
    Leader leader = leader(false, "a", "b");
    leader.leaves("a");
    prepared(leader, "b", 0, 0);
    newOrders();
    prepared(leader, "a", 5, 4);
    assertEquals(List.of("take b 5 [a]", "feed a to b [1, 2, 0]"), newOrders());
  }

  /** A node has joined, and is to be fed. */
  private Leader leaderThatTakesInC() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    leader.joins(new Party("c", null, 1));
    commit(leader, 1);
    commit(leader, 2);
    prepareWithC(leader);
    return leader;
  }

  private void prepareWithC(Leader leader) {
    prepared(leader, "a", 2, 1);
    prepared(leader, "b", 2, 1);
    newOrders();
    prepared(leader, "c", 0, 0);
  }

  @Test
  void shouldKeepOutANewcomerThatTheStateDoesNotReachAndGoOn() {
    Leader leader = leaderThatTakesInC();
    nowNs += 30 * SECOND;
    leader.tick();
    prepareWithC(leader);
    assertEquals(List.of("take c 2 [a, b]", "feed a to c [1]", "feed b to c [2, 0]"), newOrders());
    nowNs += 30 * SECOND;
    leader.tick();
    prepareWithC(leader);
    assertEquals(List.of("begin a 2", "begin b 2"), newOrders());
    assertTrue(
        told.contains("excluded c: nothing of the state has reached c for 30 s"), told::toString);
    begin(leader, "a", "b");
    assertEquals("lease b 4", last(ordered));
  }

  @Test
  void shouldWaitForStateAsLongAsSomeOfItComes() {
    Leader leader = leaderThatTakesInC();
    newOrders();
    GenerationId fed = generation;
    for (int i = 0; i < 10; i++) {
      nowNs += 29 * SECOND;
      leader.stateComes(generation, "c");
      leader.tick();
    }
    assertEquals(fed, generation);
    leader.stateTaken(generation, "c", 2);
    assertEquals("begin c 2", last(ordered));
  }

  @Test
  void shouldKeepOutANewcomerForWhichThereIsNoRoom() {
    Leader leader = leaderThatTakesInC();
    leader.hopeless(generation, "no room for streams");
    prepareWithC(leader);
    assertTrue(told.contains("excluded c: no room for streams"), told::toString);
    assertEquals(List.of("begin a 2", "begin b 2"), newOrders());
    leader.hopeless(generation, "no samples");
    assertEquals("failed: no samples", last(told));
  }

  @Test
  void shouldKeepOutANewcomerThatCannotBegin() {
    Leader leader = leaderThatTakesInC();
    for (int i = 0; i < 2; i++) {
      leader.stateTaken(generation, "c", 2);
      leader.disturbed(generation, "no streams to c");
      prepareWithC(leader);
    }
    assertTrue(told.contains("excluded c: no streams to c"), told::toString);
  }

  @Test
  void shouldNotBlameANewcomerOnceAStepIsDoneWithIt() {
    Leader leader = leaderThatTakesInC();
    leader.stateTaken(generation, "c", 2);
    begin(leader, "a", "b", "c");
    commit(leader, 3);
    leader.hopeless(generation, "no samples");
    assertEquals("failed: no samples", last(told));
  }

  @Test
  void shouldNotBlameANewcomerThatHasTheState() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    leader.joins(new Party("c", null, 1));
    commit(leader, 1);
    commit(leader, 2);
    prepared(leader, "a", 2, 1);
    leader.prepared(generation, "b", 2, 0, true, 1, lanesOf("b"));
    prepared(leader, "c", 0, 0);
    leader.stateTaken(generation, "c", 2);
    leader.hopeless(generation, "b has no room");
    assertEquals("failed: b has no room", last(told));
  }

  /** The last that had it is lost when it has fed the newcomer. */
  @Test
  void shouldGoOnWithANewcomerThatAloneHasTheState() {
    Leader leader = leader(false, "b");
    bringUp(leader, 0, "b");
    leader.joins(new Party("c", null, 1));
    commit(leader, 1);
    commit(leader, 2);
    prepared(leader, "b", 2, 1);
    prepared(leader, "c", 0, 0);
    leader.stateTaken(generation, "c", 2);
    leader.hopeless(generation, "no room for streams");
    leader.lost("b");
    newOrders();
    prepared(leader, "c", 2, 1);
    assertEquals(List.of("begin c 2"), newOrders());
    leader.hopeless(generation, "no samples");
    assertEquals("failed: no samples", last(told));
  }

  @Test
  void shouldKnowTheNewcomerOfAnotherWhoLedBefore() {
    Leader leader = leader(false, "a", "b");
    preparedBefore(leader, "a", 7, false);
    prepared(leader, "b", 0, 0);
    leader.hopeless(generation, "no room for streams");
    preparedBefore(leader, "a", 7, false);
    prepared(leader, "b", 0, 0);
    assertTrue(told.contains("excluded b: no room for streams"), told::toString);
    assertEquals("begin a 7", last(ordered));
  }

  /** Without it there would be no leader. */
  @Test
  void shouldNotKeepOutTheNodeFromWhichItLeads() {
    Leader leader = leader(false, "a", "b");
    prepared(leader, "a", 0, 0);
    preparedBefore(leader, "b", 7, false);
    leader.hopeless(generation, "no room for streams");
    assertEquals("failed: no room for streams", last(told));
  }

  @Test
  void shouldEndTheRunWhenItsLastNodeIsLost() {
    Leader leader = leader(false, "a");
    leader.lost("a");
    assertEquals("failed: the last node with it, a, is lost", last(told));
    assertTrue(leader.hasEnded());
  }

  @Test
  void shouldOutbidAnOlderLeader() {
    Leader leader = leader(false, "a", "b");
    leader.outbid(generation, 12);
    assertEquals(13, generation.counter());
    assertEquals(List.of("prepare a", "prepare b", "prepare a", "prepare b"), newOrders());
  }

  /** One that led before woke, prepared a generation and died. */
  @Test
  void shouldAskWhoIsSilentWhetherItFollowsAnother() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    newOrders();
    nowNs += 2 * SECOND;
    leader.tick();
    assertEquals(List.of("prepare a", "lease a 2", "prepare b", "lease b 2"), newOrders());
    leader.outbid(generation, 7);
    assertEquals(8, generation.counter());
    assertEquals(List.of("prepare a", "prepare b"), newOrders());
  }

  @Test
  void shouldRepeatWhatIsNotAnsweredAndSayWhoIsMissing() {
    Leader leader = leader(true, "a", "b");
    prepared(leader, "a", 0, 0);
    newOrders();
    nowNs += SECOND;
    leader.tick();
    assertEquals(List.of(), newOrders());
    nowNs += SECOND;
    leader.tick();
    assertEquals(List.of("prepare b after lease"), newOrders());
    nowNs += 29 * SECOND;
    leader.tick();
    assertEquals("generation 1 waits for b for 30 s", last(told));
    newOrders();
    nowNs += 2 * SECOND;
    leader.tick();
    assertEquals(List.of("prepare b"), newOrders());
  }

  @Test
  void shouldEvaluateAgainOnlyIfItIsNotKnownToBeDone() {
    Leader first = leader(false, "a", "b");
    prepared(first, "a", 4, 3);
    prepared(first, "b", 4, 3);
    begin(first, "a", "b");
    assertEquals("evaluate b 4 3-6", last(ordered));
    first.evaluated(generation, "a", 3, List.of(Outcome.NONE), 0);
    first.evaluated(generation, "b", 4, List.of(Outcome.NONE), 0);
    assertFalse(told.contains("evaluated 4"));
    first.evaluated(generation, "a", 4, List.of(Outcome.NONE), 0);
    assertTrue(told.contains("evaluated 4"));
    assertEquals("lease b 6", last(ordered));
    Leader second = leader(false, "a", "b");
    prepared(second, "a", 4, 3);
    prepared(second, "b", 4, 5);
    begin(second, "a", "b");
    assertEquals("lease b 6", last(ordered));
  }

  @Test
  void shouldWriteACheckpointThatIsWantedThoughTheGenerationEndsFirst() {
    Leader leader = leader(false, "a", "b", "c");
    bringUp(leader, 0, "a", "b", "c");
    commit(leader, 1);
    leader.keepState();
    leader.lost("b");
    prepared(leader, "a", 1, 2);
    prepared(leader, "c", 1, 2);
    newOrders();
    begin(leader, "a", "c");
    assertEquals(List.of("keep a 1"), newOrders());
    leader.lost("c");
    prepared(leader, "a", 1, 2);
    newOrders();
    begin(leader, "a");
    assertEquals(List.of("keep a 1"), newOrders());
    leader.checkpointEnded(generation, "a", 1, "folder", "");
    assertEquals(List.of("lease a 3"), newOrders());
  }

  @Test
  void shouldGiveUpOnAStepThatFailsAgainAndAgain() {
    Leader leader = leader(false, "a");
    for (int i = 0; i < 4; i++) {
      bringUp(leader, 0, "a");
      leader.disturbed(generation, "worker 0 broke");
    }
    assertEquals("failed: step 1 failed 4 times; the last time: worker 0 broke", last(told));
  }

  @Test
  void shouldFinishAfterTheLastEvaluation() {
    Leader leader = leader(false, "a");
    bringUp(leader, 9, "a");
    commit(leader, 10);
    leader.evaluated(generation, "a", 10, List.of(Outcome.NONE), 0);
    assertEquals(List.of("step 10", "evaluated 10", "finished"), told.subList(1, 4));
  }

  @Test
  void shouldNameTheLanesThatDivergedOnceAllNodesHaveSearched() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    leader.diverged(generation, "b", 1, "fc", List.of(3));
    assertFalse(leader.hasEnded());
    leader.diverged(generation, "a", 1, "fc", List.of(0));
    assertEquals(
        "diverged 1 fc lane 0 (samples 0 to 0 of the run), lane 3 (samples 3 to 3 of the run)",
        last(told));
  }

  @Test
  void shouldTellOfAStepThatWasNotAppliedAndGoOn() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    skip(leader, 1);
    assertEquals("skipped fc lane 2 (samples 2 to 2 of the run)", last(told));
    assertEquals("lease b 3", last(ordered));
  }

  @Test
  void shouldEndARunThatAppliesNoneOfTenStepsInARow() {
    Leader leader = leader(false, "a", "b");
    bringUp(leader, 0, "a", "b");
    for (long step = 1; step <= 9; step++) {
      skip(leader, step);
      for (String node : List.of("a", "b")) {
        leader.evaluated(generation, node, step, List.of(), 0);
      }
    }
    assertFalse(leader.hasEnded());
    skip(leader, 10);
    assertTrue(leader.hasEnded());
    assertEquals("diverged 10 fc lane 2 (samples 38 to 38 of the run)", last(told));
  }

  private void skip(Leader leader, long step) {
    for (Share share : assignment.shares()) {
      List<Integer> found = share.node().equals("b") ? List.of(2) : List.of();
      commit(leader, share, step, new Suspects("fc", found));
    }
  }
}
