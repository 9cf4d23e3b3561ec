package io.larch.reduce;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * How a device sums its own lanes. It works like a binary counter: a lane's gradient goes to a free
 * slot; as long as the slot before holds a sum over equally many lanes, the two are merged into it.
 * A block of m lanes so needs at most log₂ m + 1 slots, and a finished block keeps one until the
 * step is over.
 *
 * @param lanes one entry a lane, in the order of computation
 * @param slots flat gradient blocks needed
 */
public record DevicePlan(List<LaneStep> lanes, int slots) {

  /**
   * What happens to one lane's gradient.
   *
   * @param lane which
   * @param slot where its gradient is accumulated
   * @param merges additions once it is complete, in order: right is added to left
   * @param block the finished block, if the lane was its last
   * @param blockSlot where the block's sum then is
   */
  public record LaneStep(
      int lane, int slot, List<Merge> merges, Optional<TreeNode> block, int blockSlot) {}

  /** Adds the slot {@code right} to the slot {@code left}. */
  public record Merge(int left, int right) {}

  /** The plan for a device's lanes. */
  public static DevicePlan of(Lanes lanes) {
    List<LaneStep> steps = new ArrayList<>();
    int slots = 0;
    int finished = 0;
    for (TreeNode block : lanes.blocks()) {
      slots = Math.max(slots, finished + planBlock(block, finished, steps));
      finished++;
    }
    return new DevicePlan(List.copyOf(steps), slots);
  }

  /** Plans one block on the slots from {@code base} on; returns how many it needs. */
  private static int planBlock(TreeNode block, int base, List<LaneStep> steps) {
    Deque<TreeNode> counter = new ArrayDeque<>();
    int needed = 0;
    for (int lane = block.firstLane(); lane < block.firstLane() + block.lanes(); lane++) {
      int slot = base + counter.size();
      counter.push(TreeNode.lane(lane));
      needed = Math.max(needed, counter.size());
      List<Merge> merges = mergeEquals(counter, block.level(), base);
      boolean last = counter.peek().equals(block);
      steps.add(
          new LaneStep(lane, slot, merges, last ? Optional.of(block) : Optional.empty(), base));
    }
    return needed;
  }

  private static List<Merge> mergeEquals(Deque<TreeNode> counter, int top, int base) {
    List<Merge> merges = new ArrayList<>();
    while (counter.peek().level() < top && !counter.peek().isLeft()) {
      TreeNode right = counter.pop();
      counter.pop();
      counter.push(right.parent());
      merges.add(new Merge(base + counter.size() - 1, base + counter.size()));
    }
    return List.copyOf(merges);
  }
}
