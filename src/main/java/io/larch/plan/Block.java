package io.larch.plan;

import io.larch.coordinate.Assignment;
import io.larch.reduce.DevicePlan;
import io.larch.reduce.Lanes;
import io.larch.reduce.Placement;
import io.larch.reduce.TreeNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tree node whose lanes one node computes and which is no part of a larger such one.
 *
 * @param node of the cluster
 * @param computed seconds from the step's beginning until its devices have gone backward through
 *     the first layer
 * @param additions of whole gradients, on the reducing thread, until there is one sum
 */
record Block(TreeNode tree, int node, double computed, int additions) {

  /** The blocks of all nodes, in order of lanes. */
  static List<Block> of(
      Assignment assignment, Placement placement, Machine machine, Workload work, double slowdown) {
    Map<TreeNode, Double> ends = new LinkedHashMap<>();
    for (Assignment.Share share : assignment.shares()) {
      for (Lanes lanes : share.devices()) {
        ends.putAll(ends(lanes, machine, work, slowdown));
      }
    }
    List<Block> blocks = new ArrayList<>();
    find(TreeNode.root(work.lanes()), placement, ends, blocks);
    return List.copyOf(blocks);
  }

  /** When each block of a device's lanes is through. */
  private static Map<TreeNode, Double> ends(
      Lanes lanes, Machine machine, Workload work, double slowdown) {
    double lane = work.microBatchesPerLane() * machine.microBatchSeconds();
    double merge = work.floats() * machine.costs().add();
    double time = machine.stepSeconds() * slowdown;
    Map<TreeNode, Double> ends = new LinkedHashMap<>();
    for (DevicePlan.LaneStep step : DevicePlan.of(lanes).lanes()) {
      time += (lane + step.merges().size() * merge) * slowdown;
      double now = time;
      step.block().ifPresent(block -> ends.put(block, now));
    }
    return ends;
  }

  private static void find(
      TreeNode tree, Placement placement, Map<TreeNode, Double> ends, List<Block> found) {
    if (placement.owner(tree).isPresent()) {
      List<Double> parts = new ArrayList<>();
      collect(tree, ends, parts);
      double last = parts.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
      found.add(new Block(tree, placement.owner(tree).getAsInt(), last, parts.size() - 1));
    } else {
      find(tree.left(), placement, ends, found);
      find(tree.left().sibling(), placement, ends, found);
    }
  }

  private static void collect(TreeNode tree, Map<TreeNode, Double> ends, List<Double> parts) {
    Double end = ends.get(tree);
    if (end != null) {
      parts.add(end);
    } else {
      collect(tree.left(), ends, parts);
      collect(tree.left().sibling(), ends, parts);
    }
  }
}
