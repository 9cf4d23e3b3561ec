package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LaneRangeTest {
  @Test
  void shouldDealEveryLaneOnceAndAsEvenlyAsCanBe() {
    for (int lanes = 1; lanes <= 64; lanes *= 2) {
      for (int devices = 1; devices <= 70; devices++) {
        List<LaneRange> dealt = LaneRange.deal(lanes, devices);
        int next = 0;
        for (LaneRange range : dealt) {
          assertEquals(next, range.from());
          next = range.to();
          assertTrue(range.count() == lanes / devices || range.count() == lanes / devices + 1);
        }
        assertEquals(lanes, next);
      }
    }
  }

  @Test
  void shouldSplitARangeIntoItsLargestAlignedBlocks() {
    assertEquals(List.of(new TreeNode(3, 0)), new LaneRange(0, 8).blocks());
    assertEquals(List.of(new TreeNode(1, 0), new TreeNode(0, 2)), new LaneRange(0, 3).blocks());
    assertEquals(
        List.of(new TreeNode(0, 3), new TreeNode(1, 2), new TreeNode(0, 6)),
        new LaneRange(3, 7).blocks());
    assertEquals(List.of(), new LaneRange(2, 2).blocks());
  }
}
