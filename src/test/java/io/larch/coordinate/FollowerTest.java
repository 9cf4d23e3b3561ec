package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.Outcome;
import io.larch.observe.NodePhases;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The parts of a node are answered for by hand; what they are told is read as text. */
class FollowerTest {
  private static final GenerationId FIRST = new GenerationId(1, 5);
  private static final GenerationId SECOND = new GenerationId(2, 5);
  private static final long LIMIT_NS = 1_000_000_000;

  private final List<String> told = new ArrayList<>();
  private long nowNs;

  private final Follower.Parts parts =
      new Follower.Parts() {
        @Override
        public void freeze(GenerationId generation) {
          told.add("freeze");
        }

        @Override
        public void halt(GenerationId generation, int worker) {
          told.add("halt " + worker);
        }

        @Override
        public void takeUp(Assignment assignment, long firstStep) {
          told.add("take up " + firstStep);
        }

        @Override
        public void feed(GenerationId generation, Assignment.Share to, List<Integer> slices) {
          told.add("feed " + to.node() + slices);
        }

        @Override
        public void takeState(GenerationId g, long step, List<Assignment.Share> from) {
          told.add("take " + step);
        }

        @Override
        public void adopt(long step) {
          told.add("adopt " + step);
        }

        @Override
        public void runStep(GenerationId generation, long step) {
          told.add("run " + step);
        }

        @Override
        public StepFigures commit(GenerationId g, long step, List<StepOutcome> outcomes) {
          told.add("commit " + step);
          return new StepFigures(new NodePhases("a", List.of(), 0, 0, null, null), 0, List.of());
        }

        @Override
        public void search(GenerationId generation, long step, String layer) {
          told.add("search " + layer);
        }

        @Override
        public void evaluate(GenerationId generation, int worker, int from, int to) {
          told.add("evaluate " + from + "-" + to);
        }

        @Override
        public void writeCheckpoint() {
          told.add("write");
        }
      };

  private final Follower.Reports reports =
      new Follower.Reports() {
        @Override
        public void prepared(
            GenerationId g, long committed, boolean damaged, long settled, List<Lanes> lanes) {
          String state = damaged ? " damaged" : "";
          told.add("prepared " + g.counter() + " at " + committed + state + " settled " + settled);
        }

        @Override
        public void stateComes(GenerationId generation) {
          told.add("state comes");
        }

        @Override
        public void stateTaken(GenerationId generation, long step) {
          told.add("taken " + step);
        }

        @Override
        public void begun(GenerationId generation) {
          told.add("begun");
        }

        @Override
        public void committed(GenerationId generation, StepReport report) {
          String skipped = report.skipped().isNone() ? "" : " skipped for " + report.skipped();
          told.add("committed " + report.step() + skipped);
        }

        @Override
        public void disturbed(GenerationId generation, String reason) {
          told.add(reason);
        }

        @Override
        public void diverged(GenerationId g, long step, String layer, List<Integer> lanes) {
          told.add("diverged " + lanes);
        }

        @Override
        public void evaluated(GenerationId g, long step, List<Outcome> batches, double waited) {
          told.add("evaluated " + step);
        }

        @Override
        public void checkpointEnded(GenerationId g, long step, String folder, String failure) {
          told.add("written " + step);
        }
      };

  private final Follower follower =
      new Follower(new NodeLedger(Set.of("fc"), 1, 7), 7, LIMIT_NS, () -> nowNs, parts, reports);

  private List<String> newlyTold() {
    List<String> all = List.copyOf(told);
    told.clear();
    return all;
  }

  private static Assignment assignment(GenerationId generation) {
    Lanes lanes = Lanes.of(new LaneRange(0, 4));
    return new Assignment(generation, 0, List.of(new Assignment.Share("a", null, List.of(lanes))));
  }

  private void stop(GenerationId generation) {
    assertTrue(follower.prepare(generation, false));
    follower.workerHalted(generation, 0);
    follower.reductionFrozen(generation);
  }

  private void begin(GenerationId generation, long step) {
    stop(generation);
    follower.begin(assignment(generation), step);
    follower.connected(generation);
    follower.workerAssigned(generation, 0);
    newlyTold();
  }

  private void finish(GenerationId generation, long step) {
    follower.layerStaged(generation, step, "fc");
    follower.workerFinished(
        generation, step, 0, new StepOutcome(List.of(), 0, new Laps(0, 0, 0, 0, 0)));
  }

  @Test
  void shouldAnswerOnceAllPartsHaveStoppedAndAgainIfAskedAgain() {
    assertTrue(follower.prepare(FIRST, false));
    assertEquals(List.of("freeze", "halt 0"), newlyTold());
    follower.workerHalted(FIRST, 0);
    assertTrue(follower.prepare(FIRST, false));
    assertEquals(List.of(), newlyTold());
    follower.reductionFrozen(FIRST);
    follower.prepare(FIRST, false);
    assertEquals(List.of("prepared 1 at 7 settled 7", "prepared 1 at 7 settled 7"), newlyTold());
  }

  @Test
  void shouldNotStopForADelayedOrderOfAGenerationThatHasBegun() {
    begin(FIRST, 7);
    follower.extendLease(FIRST, 9);
    follower.prepare(FIRST, false);
    finish(FIRST, 8);
    assertEquals(List.of("run 8", "commit 8", "committed 8", "run 9"), newlyTold());
  }

  @Test
  void shouldGoOnToTheEndOfTheLeaseBeforeAPlannedChange() {
    begin(FIRST, 7);
    follower.extendLease(FIRST, 8);
    assertFalse(follower.prepare(SECOND, true));
    finish(FIRST, 8);
    newlyTold();
    assertTrue(follower.prepare(SECOND, true));
    assertEquals(List.of("freeze", "halt 0"), newlyTold());
  }

  @Test
  void shouldDropAStepInFlightForAnUnplannedOne() {
    begin(FIRST, 7);
    follower.extendLease(FIRST, 8);
    newlyTold();
    stop(SECOND);
    finish(FIRST, 8);
    assertEquals(List.of("freeze", "halt 0", "prepared 2 at 7 settled 7"), newlyTold());
    assertFalse(follower.prepare(FIRST, false));
  }

  @Test
  void shouldNotBeginAfterAnotherStepThanItsOwn() {
    stop(FIRST);
    newlyTold();
    follower.begin(assignment(FIRST), 8);
    assertEquals(List.of("a node that is to go on after step 8 is at step 7"), newlyTold());
  }

  @Test
  void shouldAnswerRepeatedOrdersWithoutDoingThemTwice() {
    begin(FIRST, 7);
    follower.begin(assignment(FIRST), 7);
    assertEquals(List.of("begun"), newlyTold());
    follower.extendLease(FIRST, 8);
    follower.extendLease(FIRST, 8);
    assertEquals(List.of("run 8"), newlyTold());
    finish(FIRST, 8);
    follower.extendLease(FIRST, 8);
    assertEquals(List.of("commit 8", "committed 8", "committed 8"), newlyTold());
    follower.evaluate(FIRST, 8, 2, 5);
    follower.evaluate(FIRST, 8, 2, 5);
    follower.workerEvaluated(FIRST, 0, new EvaluationOutcome(List.of(), 0));
    follower.evaluate(FIRST, 8, 2, 5);
    assertEquals(List.of("evaluate 2-5", "evaluated 8", "evaluated 8"), newlyTold());
    follower.extendLease(FIRST, 9);
    finish(FIRST, 9);
    newlyTold();
    follower.evaluate(FIRST, 8, 2, 5);
    assertEquals(List.of(), newlyTold());
  }

  @Test
  void shouldKnowWhatWasDoneAfterAStep() {
    begin(FIRST, 7);
    follower.extendLease(FIRST, 8);
    finish(FIRST, 8);
    stop(SECOND);
    assertEquals("prepared 2 at 8 settled 7", told.get(told.size() - 1));
  }

  @Test
  void shouldSayWhatIsMissingWhenNothingMoves() {
    begin(FIRST, 7);
    follower.extendLease(FIRST, 8);
    newlyTold();
    nowNs += LIMIT_NS;
    follower.tick(1, "", "");
    assertEquals(List.of(), newlyTold());
    nowNs += LIMIT_NS;
    follower.tick(1, "", "");
    assertEquals(
        List.of(
            "no progress for 1 s in the step after step 7; missing: 1 of 1 layers and 1 of 1 workers"),
        newlyTold());
  }

  @Test
  void shouldFeedEachPeerOnceAndOnlyBeforeTheGenerationBegins() {
    Assignment.Share peer = new Assignment.Share("b", null, List.of());
    follower.prepare(FIRST, false);
    newlyTold();
    follower.feed(FIRST, peer, List.of(1, 2));
    assertEquals(List.of(), newlyTold(), "not before it has stopped");
    stop(FIRST);
    newlyTold();
    follower.feed(FIRST, peer, List.of(1, 2));
    follower.feed(FIRST, peer, List.of(1, 2));
    follower.fed(FIRST, "b");
    follower.feed(FIRST, peer, List.of(1, 2));
    assertEquals(List.of("feed b[1, 2]"), newlyTold());
    begin(FIRST, 7);
    follower.feed(FIRST, new Assignment.Share("c", null, List.of()), List.of(1));
    assertEquals(List.of(), newlyTold());
  }

  @Test
  void shouldBeAtTheStepWhoseStateItWasFed() {
    stop(FIRST);
    newlyTold();
    follower.takeState(FIRST, 12, List.of());
    follower.takeState(FIRST, 12, List.of());
    follower.stateStaged(SECOND, 12);
    nowNs += 2 * LIMIT_NS;
    follower.tick(1, "", "");
    assertEquals(List.of("take 12", "state comes"), newlyTold());
    nowNs += LIMIT_NS;
    follower.tick(1, "", "slices [3]");
    assertEquals(
        List.of("no progress for 1 s in the taking after step 7; missing: slices [3]"),
        newlyTold());
    follower.stateStaged(FIRST, 12);
    follower.takeState(FIRST, 12, List.of());
    assertEquals(List.of("adopt 12", "taken 12", "taken 12"), newlyTold());
    follower.begin(assignment(FIRST), 12);
    assertEquals(List.of("take up 13"), newlyTold());
  }

  @Test
  void shouldFreezeWhenItsReplicaIsDamagedUntilItIsFed() {
    begin(FIRST, 7);
    follower.extendLease(FIRST, 9);
    newlyTold();
    follower.replicaDamaged("slice 3 is not what was committed");
    assertEquals(List.of("freeze", "halt 0", "slice 3 is not what was committed"), newlyTold());
    finish(FIRST, 8);
    assertEquals(List.of(), newlyTold());
    stop(SECOND);
    assertEquals(List.of("freeze", "halt 0", "prepared 2 at 7 damaged settled 8"), newlyTold());
    follower.takeState(SECOND, 7, List.of());
    follower.stateStaged(SECOND, 7);
    stop(new GenerationId(3, 5));
    assertEquals("prepared 3 at 7 settled 8", told.get(told.size() - 1));
  }

  /** The checkpoint reads the committed state, which a new generation would soon write over. */
  @Test
  void shouldNotHaveStoppedBeforeACheckpointIsWritten() {
    begin(FIRST, 7);
    follower.writeCheckpoint(FIRST, 7);
    newlyTold();
    stop(SECOND);
    follower.begin(assignment(SECOND), 7);
    follower.takeState(SECOND, 9, List.of());
    assertEquals(List.of("freeze", "halt 0"), newlyTold());
    assertFalse(follower.isWaiting());
    follower.checkpointEnded("folder", "");
    assertEquals(List.of("prepared 2 at 7 settled 7"), newlyTold());
    follower.begin(assignment(SECOND), 7);
    assertEquals(List.of("take up 8"), newlyTold());
  }

  @Test
  void shouldGoOnOnceACheckpointIsWritten() {
    begin(FIRST, 7);
    follower.writeCheckpoint(FIRST, 7);
    follower.extendLease(FIRST, 8);
    follower.checkpointEnded("folder", "");
    assertEquals(List.of("write", "written 7", "run 8"), newlyTold());
  }

  /** It alone has committed the last step, and nobody can give it that. */
  @Test
  void shouldGoBackToTheOthersWhenWhatItIsAheadByIsDamaged() {
    begin(FIRST, 7);
    follower.replicaDamaged("slice 3 is not what was committed");
    stop(SECOND);
    newlyTold();
    follower.takeState(SECOND, 6, List.of());
    follower.stateStaged(SECOND, 6);
    assertEquals(List.of("take 6", "adopt 6", "taken 6"), newlyTold());
  }

  @Test
  void shouldHaveARestartedPartStopAgain() {
    follower.prepare(FIRST, false);
    newlyTold();
    follower.workerRestarted(0);
    assertEquals(List.of("worker 0 was restarted after an exception", "halt 0"), newlyTold());
  }

  @Test
  void shouldNameTheLanesOfAStepThatIsNotFiniteAndNotCommitIt() {
    begin(FIRST, 7);
    follower.extendLease(FIRST, 9);
    follower.nonFinite(FIRST, 8, "fc", /* skipped= */ false);
    follower.nonFinite(FIRST, 8, "fc", /* skipped= */ false);
    follower.suspectsFound(FIRST, 8, "fc", 0, List.of(3, 1));
    assertEquals(List.of("run 8", "search fc", "diverged [1, 3]"), newlyTold());
  }

  @Test
  void shouldCommitASkippedStepOnceItsLanesAreSearched() {
    begin(FIRST, 7);
    follower.extendLease(FIRST, 9);
    follower.nonFinite(FIRST, 8, "fc", /* skipped= */ true);
    finish(FIRST, 8);
    assertEquals(List.of("run 8", "search fc"), newlyTold());
    follower.suspectsFound(FIRST, 8, "fc", 0, List.of(3, 1));
    assertEquals(
        List.of(
            "commit 8", "committed 8 skipped for " + new Suspects("fc", List.of(1, 3)), "run 9"),
        newlyTold());
    finish(FIRST, 9);
    assertEquals(List.of("commit 9", "committed 9"), newlyTold());
  }
}
