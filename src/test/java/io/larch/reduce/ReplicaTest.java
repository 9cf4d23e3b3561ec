package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.larch.compute.FloatBlock;
import io.larch.model.Initializer.Constant;
import io.larch.model.Layout;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaTest {
  private static final Layout LAYOUT =
      new Layout(List.of(new Tensor("w", "fc", List.of(20), Kind.WEIGHT, new Constant(0))));

  @Test
  void shouldKeepTheCommittedStateUntilTheCommitAndThenSwap() {
    try (Replica replica = new Replica(LAYOUT, 1)) {
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
  void shouldFreeAllItsMemory() {
    long before = FloatBlock.liveBytes();
    Replica replica = new Replica(LAYOUT, 2);
    assertEquals(before + 6L * LAYOUT.floats() * Float.BYTES, FloatBlock.liveBytes());
    replica.close();
    assertEquals(before, FloatBlock.liveBytes());
  }
}
