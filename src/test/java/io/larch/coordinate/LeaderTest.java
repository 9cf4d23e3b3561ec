package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.Outcome;
import io.larch.coordinate.Assignment.Share;
import io.larch.observe.Event;
import io.larch.observe.LaneSamples;
import io.larch.observe.NodePhases;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Lanes;
import io.larch.reduce.Slice;
import io.larch.reduce.Timetable;
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

  private Leader leader(boolean afterLease, String... nodes) {
    List<Party> members = new ArrayList<>();
    for (String node : nodes) {
      members.add(new Party(node, null, 1));
    }
    RunPlan plan = new RunPlan(TIMETABLE, step -> 0.1, LANES, 6, SLICES);
    Leader leader = new Leader(plan, members, "a", 77, afterLease, () -> nowNs, orders, reports);
    leader.start();
    return leader;
  }

  private void prepared(Leader leader, String node, long committed, long settled) {
    leader.prepared(generation, node, committed, false, settled, lanesOf(node));
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
    List<LaneOutcome> lanes =
        share.devices().get(0).all().mapToObj(l -> new LaneOutcome(l, Outcome.NONE)).toList();
    leader.committed(generation, share.node(), report(share.node(), step, lanes, skipped));
  }

  private static StepReport report(
      String node, long step, List<LaneOutcome> lanes, Suspects skipped) {
    NodePhases phases = new NodePhases(node, List.of(), 0, 0, null, null);
    return new StepReport(step, lanes, 1, 0, new StepFigures(phases, List.of()), skipped);
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
    leader.prepared(generation, "a", 7, true, 6, List.of());
    prepared(leader, "b", 7, 6);
    newOrders();
    leader.disturbed(generation, "b broke");
    assertEquals(List.of("prepare a", "prepare b"), newOrders());
    prepared(leader, "a", 6, 6);
    leader.prepared(generation, "b", 7, true, 6, List.of());
    assertEquals("failed: nobody is left with the state after step 7", last(told));
  }

  private static String last(List<String> list) {
    return list.get(list.size() - 1);
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
