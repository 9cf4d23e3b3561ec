package io.larch.reduce;

import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The upper part of the canonical tree for one layer and step on one node: takes the blocks that
 * devices have finished, in any order, and adds two as soon as both children of a tree node are
 * there. The sum of a node is formed in place, in its left child's memory.
 */
public final class LayerSum {
  private final TreeNode root;
  private final Sums sums;
  private final Map<TreeNode, FloatBuffer> waiting = new HashMap<>();

  public LayerSum(int lanes, Sums sums) {
    root = TreeNode.root(lanes);
    this.sums = sums;
  }

  /** Takes a finished block; returns the sum over all lanes if this was the last one missing. */
  public Optional<FloatBuffer> arrive(TreeNode node, FloatBuffer values) {
    FloatBuffer sibling = waiting.remove(node.sibling());
    if (node.equals(root)) {
      return Optional.of(values);
    }
    if (sibling == null) {
      waiting.put(node, values);
      return Optional.empty();
    }
    FloatBuffer left = node.isLeft() ? values : sibling;
    sums.add(left, node.isLeft() ? sibling : values);
    return arrive(node.parent(), left);
  }
}
