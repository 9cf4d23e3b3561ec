package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Refusal;
import org.junit.jupiter.api.Test;

class FloatBlockTest {
  @Test
  void shouldBeginAlignedAndZero() {
    for (int floats : new int[] {1, 3, 17, 1000}) {
      try (FloatBlock block = FloatBlock.allocate(floats)) {
        assertEquals(0, block.address(0) % 64);
        for (int i = 0; i < floats; i++) {
          assertEquals(0, block.view(0, floats).get(i));
        }
      }
    }
  }

  @Test
  void shouldShowOneMemoryInEveryView() {
    try (FloatBlock block = FloatBlock.allocate(100)) {
      block.view(40, 10).put(2, 5f);
      assertEquals(5f, block.view(42, 1).get(0));
      assertEquals(5f, block.at(42));
      block.set(99, 7f);
      assertEquals(7f, block.view(0, 100).get(99));
      assertEquals(block.address(0) + 42 * 4, block.address(42));
    }
  }

  /** More than an address can reach. */
  @Test
  void shouldRefuseWhatTheSystemDoesNotGive() {
    long before = FloatBlock.liveBytes();
    Refusal refusal = assertThrows(Refusal.class, () -> FloatBlock.allocate(1L << 46));
    assertTrue(refusal.getMessage().contains("larch.micro-batch"), refusal.getMessage());
    assertEquals(before, FloatBlock.liveBytes());
  }

  /** Pages that nobody touches take no memory. */
  @Test
  void shouldShowWhatLiesBeyondTwoGigabytes() {
    long floats = 600_000_000;
    try (FloatBlock block = FloatBlock.allocate(floats)) {
      block.set(floats - 1, 3f);
      assertEquals(3f, block.view(floats - 2, 2).get(1));
      assertEquals(2, block.view(floats - 2, 2).capacity());
    }
  }

  @Test
  void shouldCountLiveBytesAndEndAtZero() {
    long before = FloatBlock.liveBytes();
    FloatBlock block = FloatBlock.allocate(25);
    assertEquals(before + 100, FloatBlock.liveBytes());
    block.close();
    block.close();
    assertEquals(before, FloatBlock.liveBytes());
  }

  @Test
  void shouldRefuseWhatLiesOutside() {
    FloatBlock block = FloatBlock.allocate(10);
    assertThrows(IndexOutOfBoundsException.class, () -> block.view(5, 6));
    assertThrows(IndexOutOfBoundsException.class, () -> block.view(-1, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> block.at(10));
    assertThrows(IndexOutOfBoundsException.class, () -> block.set(-1, 0));
    block.close();
    assertThrows(IndexOutOfBoundsException.class, () -> block.view(0, 1));
  }
}
