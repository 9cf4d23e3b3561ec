package io.larch.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.FloatBlock;
import org.junit.jupiter.api.Test;

class UpdateBenchmarkTest {
  @Test
  void shouldCountTheBytesOfTheUpdateAndFreeItsMemory() {
    long before = FloatBlock.liveBytes();

    UpdateBenchmark.Result result = UpdateBenchmark.run(1_300_001, 3);

    assertEquals(1_300_001, result.parameters());
    assertEquals(20 * 1_300_001 / 1e6 / result.milliseconds(), result.gbPerSecond(), 1e-9);
    assertTrue(result.copyGbPerSecond() > 0);
    assertEquals(before, FloatBlock.liveBytes());
  }
}
