package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.FloatBlock;
import io.larch.model.Initializer.Constant;
import io.larch.model.Layout;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import java.nio.FloatBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplicaTest {
  private static final Layout LAYOUT =
      new Layout(List.of(new Tensor("w", "fc", List.of(20), Kind.WEIGHT, new Constant(0))));

  private static final List<Slice> SLICES = Slice.cut(LAYOUT, 4096);

  @Test
  void shouldHashEveryBitOfTheCommittedWeights() {
    try (Replica replica = new Replica(LAYOUT, SLICES, 1)) {
      replica.restore(0);
      Set<Replica.Hashes> seen = new HashSet<>(Set.of(replica.hashes()));
      for (int bit = 0; bit < 20 * Float.SIZE; bit++) {
        float flipped = Float.intBitsToFloat(1 << (bit % Float.SIZE));
        replica.committed().weights().view(0, 20).put(bit / Float.SIZE, flipped);
        replica.restore(0);
        seen.add(replica.hashes());
        replica.committed().weights().view(0, 20).put(bit / Float.SIZE, 0f);
      }
      assertEquals(20 * Float.SIZE + 1, seen.size());
    }
  }

  @Test
  void shouldNoticeEveryFlippedBitOfTheCommittedWeights() {
    try (Replica replica = new Replica(LAYOUT, SLICES, 1)) {
      replica.restore(4);
      replica.requireIntact();
      FloatBuffer weights = replica.committed().weights().view(0, 20);
      for (int bit = 0; bit < 20 * Float.SIZE; bit++) {
        weights.put(bit / Float.SIZE, Float.intBitsToFloat(1 << (bit % Float.SIZE)));
        assertThrows(ReplicaDamaged.class, replica::requireIntact, "bit " + bit);
        weights.put(bit / Float.SIZE, 0f);
      }
      replica.requireIntact();
    }
  }

  @Test
  void shouldTellTheHashesOfTheCommittedStep() {
    try (Replica replica = new Replica(LAYOUT, SLICES, 1)) {
      replica.restore(0);
      List<Long> before = replica.hashes().slices();
      replica.staged().weights().view(0, 20).put(3, 5f);
      replica.staged().hash(SLICES.get(0));
      assertEquals(new Replica.Hashes(0, before), replica.hashes());
      replica.commit(1);
      assertEquals(1, replica.hashes().step());
      assertNotEquals(before, replica.hashes().slices());
    }
  }

  @Test
  void shouldKeepTheCommittedStateUntilTheCommitAndThenSwap() {
    try (Replica replica = new Replica(LAYOUT, SLICES, 1)) {
      replica.staged().weights().view(0, 20).put(3, 5f);
      replica.staged().buffers().get(0).view(0, 20).put(3, 6f);
      assertEquals(0f, replica.committed().weights().view(0, 20).get(3));
      replica.commit(1);
      assertEquals(1, replica.step());
      assertEquals(5f, replica.committed().weights().view(0, 20).get(3));
      assertEquals(6f, replica.committed().buffers().get(0).view(0, 20).get(3));
      assertThrows(IllegalStateException.class, () -> replica.commit(3));
    }
  }

  @Test
  void shouldAdoptTheStagedStateAsThatOfALaterStepOrTheSameOrTheOneBefore() {
    try (Replica replica = new Replica(LAYOUT, SLICES, 1)) {
      replica.restore(3);
      for (long step : List.of(3L, 7L, 6L)) {
        replica.staged().weights().view(0, 20).put(3, (float) step);
        replica.staged().hash(SLICES.get(0));
        replica.adopt(step);
        assertEquals(step, replica.step());
        assertEquals((float) step, replica.committed().weights().view(0, 20).get(3));
        assertTrue(replica.committed().isIntact(SLICES.get(0)));
      }
      assertThrows(IllegalStateException.class, () -> replica.adopt(4));
    }
  }

  @Test
  void shouldFreeAllItsMemory() {
    long before = FloatBlock.liveBytes();
    Replica replica = new Replica(LAYOUT, SLICES, 2);
    assertEquals(before + 6L * LAYOUT.floats() * Float.BYTES, FloatBlock.liveBytes());
    replica.close();
    assertEquals(before, FloatBlock.liveBytes());
  }
}
