package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.reduce.GenerationId;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodeLedgerTest {
  private static final GenerationId FIRST = new GenerationId(1, 11);
  private static final GenerationId SECOND = new GenerationId(2, 5);

  private final NodeLedger ledger = new NodeLedger(Set.of("conv", "fc"), 2, 7);

  private void finishStep() {
    ledger.layerStaged("conv");
    ledger.layerStaged("fc");
    ledger.workerFinished(0);
    ledger.workerFinished(1);
  }

  @Test
  void shouldCommitOnlyWhenEveryLayerIsStagedAndEveryWorkerHasFinished() {
    assertTrue(ledger.prepare(FIRST));
    ledger.begin(FIRST);
    ledger.layerStaged("fc");
    ledger.workerFinished(0);
    ledger.workerFinished(1);
    assertFalse(ledger.canCommit());
    assertThrows(IllegalStateException.class, ledger::commit);
    ledger.layerStaged("conv");
    assertTrue(ledger.canCommit());
    assertEquals(8, ledger.commit());
    assertFalse(ledger.canCommit());
  }

  @Test
  void shouldNeverCommitInAGenerationAfterPromisingANewerOne() {
    assertTrue(ledger.prepare(FIRST));
    ledger.begin(FIRST);
    finishStep();
    assertTrue(ledger.prepare(SECOND));
    assertFalse(ledger.canCommit());
    assertFalse(ledger.isCurrent(FIRST, 8));
    ledger.begin(SECOND);
    assertFalse(ledger.canCommit());
    assertTrue(ledger.isCurrent(SECOND, 8));
    finishStep();
    assertEquals(8, ledger.commit());
  }

  @Test
  void shouldRefuseAnOlderGenerationAndOneNotPromised() {
    assertTrue(ledger.prepare(SECOND));
    assertFalse(ledger.prepare(FIRST));
    assertThrows(IllegalStateException.class, () -> ledger.begin(FIRST));
    assertEquals(SECOND, ledger.generation());
  }

  @Test
  void shouldGrantARepeatedPrepareButBeginOnce() {
    assertTrue(ledger.prepare(FIRST));
    assertTrue(ledger.prepare(FIRST));
    ledger.begin(FIRST);
    assertThrows(IllegalStateException.class, () -> ledger.begin(FIRST));
  }

  @Test
  void shouldCountMessagesOfTheStepInFlightOnly() {
    assertFalse(ledger.isCurrent(FIRST, 8));
    assertTrue(ledger.prepare(FIRST));
    assertFalse(ledger.isCurrent(FIRST, 8));
    ledger.begin(FIRST);
    assertTrue(ledger.isCurrent(FIRST, 8));
    assertFalse(ledger.isCurrent(FIRST, 7));
    assertFalse(ledger.isCurrent(FIRST, 9));
    assertFalse(ledger.isCurrent(SECOND, 8));
  }

  @Test
  void shouldOrderGenerationsByCounterThenIncarnation() {
    assertTrue(SECOND.isNewerThan(FIRST));
    assertTrue(FIRST.isNewerThan(GenerationId.NONE));
    assertTrue(new GenerationId(1, 12).isNewerThan(FIRST));
    assertFalse(FIRST.isNewerThan(FIRST));
    assertTrue(FIRST.next(-9).isNewerThan(FIRST));
  }

  @Test
  void shouldTakeAStateOnlyWhilePreparedAndNotOneOfThePast() {
    ledger.prepare(FIRST);
    assertThrows(IllegalStateException.class, () -> ledger.fed(SECOND, 9));
    assertThrows(IllegalStateException.class, () -> ledger.fed(FIRST, 5));
    ledger.fed(FIRST, 6);
    assertEquals(6, ledger.committed());
    ledger.fed(FIRST, 9);
    assertEquals(9, ledger.committed());
    ledger.begin(FIRST);
    assertTrue(ledger.isCurrent(FIRST, 10));
    assertThrows(IllegalStateException.class, () -> ledger.fed(FIRST, 10));
  }
}
