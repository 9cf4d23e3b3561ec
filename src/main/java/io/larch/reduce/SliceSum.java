package io.larch.reduce;

import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * One node's part in the sum of one slice in one step: takes what its devices have finished and
 * what arrives from peers, in any order, and adds two tree nodes as soon as both are there. Every
 * sum is formed in place, in the memory of the half that was finished here.
 *
 * <p>A peer's half arrives in parts, from the first value to the last. Parts are added at once
 * where the other half is ready, and kept where it is not. By the rule of {@link Placement} at
 * least one half of every sum formed here is formed here too.
 */
public final class SliceSum {
  /** What is to be done with a sum that is ready. */
  public interface Outcome {
    /** A tree node's sum, to be sent to the peer that forms its parent. */
    void up(TreeNode node, FloatBuffer values);

    /** The sum over all lanes. */
    void whole(FloatBuffer values);
  }

  /** A half that comes from a peer: so many values are here, kept or added already. */
  private static final class Arrival {
    private FloatBuffer kept;
    private int received;
  }

  private final int self;
  private final Slice slice;
  private final Placement placement;
  private final TreeNode root;
  private final Sums sums;
  private final Supplier<FloatBuffer> landings;
  private final Outcome outcome;
  private final Map<TreeNode, FloatBuffer> ready = new HashMap<>();
  private final Map<TreeNode, Arrival> arriving = new HashMap<>();

  /**
   * @param self number of this node in the placement
   * @param lanes of the run
   * @param landings gives memory for what arrives too early, as long as the slice, and keeps it
   *     until the step is over
   */
  public SliceSum(
      int self,
      int lanes,
      Slice slice,
      Placement placement,
      Sums sums,
      Supplier<FloatBuffer> landings,
      Outcome outcome) {
    this.self = self;
    this.slice = slice;
    this.placement = placement;
    root = TreeNode.root(lanes);
    this.sums = sums;
    this.landings = landings;
    this.outcome = outcome;
  }

  /** A device has finished a block; its memory is this sum's until the step is over. */
  public void finished(TreeNode node, FloatBuffer values) {
    if (node.equals(root)) {
      outcome.whole(values);
    } else if (placement.holder(node.parent(), slice) != self) {
      outcome.up(node, values);
    } else {
      meet(node, values);
    }
  }

  private void meet(TreeNode node, FloatBuffer values) {
    FloatBuffer sibling = ready.remove(node.sibling());
    Arrival arrival = arriving.get(node.sibling());
    if (sibling != null) {
      add(node, values, sibling);
    } else if (arrival == null) {
      ready.put(node, values);
    } else {
      takeIn(node, values, arrival);
    }
  }

  private void add(TreeNode node, FloatBuffer values, FloatBuffer sibling) {
    FloatBuffer left = node.isLeft() ? values : sibling;
    sums.add(left, node.isLeft() ? sibling : values);
    finished(node.parent(), left);
  }

  private void takeIn(TreeNode node, FloatBuffer values, Arrival arrival) {
    sums.add(values.slice(0, arrival.received), arrival.kept.slice(0, arrival.received));
    if (arrival.received == slice.count()) {
      finished(node.parent(), values);
    } else {
      ready.put(node, values);
    }
  }

  /**
   * Takes the next values of a tree node whose sum a peer has formed.
   *
   * @param offset of the first value in the slice
   * @return false if these values have been taken before
   * @throws IllegalStateException if values before them are missing
   */
  public boolean arrived(TreeNode node, int offset, Values values) {
    Arrival arrival = arriving.computeIfAbsent(node, first -> new Arrival());
    if (offset < arrival.received) {
      return false;
    }
    if (offset > arrival.received) {
      throw new IllegalStateException(
          "values %d to %d of %s of slice %d are missing"
              .formatted(arrival.received, offset, node, slice.id()));
    }
    FloatBuffer sibling = ready.get(node.sibling());
    if (sibling == null) {
      keep(arrival, offset, values);
    } else {
      sums.add(sibling, offset, values);
    }
    arrival.received += values.count();
    if (sibling != null && arrival.received == slice.count()) {
      finished(node.parent(), ready.remove(node.sibling()));
    }
    return true;
  }

  /** Numbers of the nodes whose halves are missing for sums of which the other half is here. */
  Set<Integer> awaited() {
    return ready.keySet().stream()
        .map(node -> placement.holder(node.sibling(), slice))
        .filter(holder -> holder != self)
        .collect(Collectors.toSet());
  }

  /** Whether halves formed here wait for others. */
  boolean isMeeting() {
    return !ready.isEmpty();
  }

  private void keep(Arrival arrival, int offset, Values values) {
    if (arrival.kept == null) {
      arrival.kept = landings.get();
    }
    values.copyTo(arrival.kept, offset);
  }
}
