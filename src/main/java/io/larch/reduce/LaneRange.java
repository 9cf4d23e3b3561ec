package io.larch.reduce;

import java.util.ArrayList;
import java.util.List;

/** The lanes [from, to) that one device computes. */
public record LaneRange(int from, int to) {
  public LaneRange {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("no lanes [" + from + ", " + to + ")");
    }
  }

  /**
   * Deals lanes to devices in turn, as evenly as can be; neighbouring devices get neighbouring
   * lanes, so that most sums are formed where both halves are.
   */
  public static List<LaneRange> deal(int lanes, int devices) {
    List<LaneRange> dealt = new ArrayList<>();
    for (int device = 0; device < devices; device++) {
      int from = (int) ((long) lanes * device / devices);
      dealt.add(new LaneRange(from, (int) ((long) lanes * (device + 1) / devices)));
    }
    return List.copyOf(dealt);
  }

  public int count() {
    return to - from;
  }

  /** The largest aligned blocks that make up the range, from the first lane to the last. */
  public List<TreeNode> blocks() {
    List<TreeNode> blocks = new ArrayList<>();
    for (int lane = from; lane < to; lane += blocks.get(blocks.size() - 1).lanes()) {
      blocks.add(largestBlockAt(lane));
    }
    return List.copyOf(blocks);
  }

  private TreeNode largestBlockAt(int lane) {
    int level = 0;
    while (lane % (2 << level) == 0 && lane + (2 << level) <= to) {
      level++;
    }
    return new TreeNode(level, lane >> level);
  }
}
