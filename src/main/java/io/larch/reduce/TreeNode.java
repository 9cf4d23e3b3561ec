package io.larch.reduce;

/**
 * A node of the canonical binary tree over the lanes of a run: the sum of lanes [index·2^level,
 * (index+1)·2^level). Level 0 is a lane; the root's level is log₂ of the number of lanes. Which
 * sums are formed, and so every rounding, follows from this alone.
 */
public record TreeNode(int level, int index) implements Comparable<TreeNode> {
  public TreeNode {
    if (level < 0 || level > 30 || index < 0) {
      throw new IllegalArgumentException("no node at level " + level + ", index " + index);
    }
  }

  /** The leaf of a lane. */
  public static TreeNode lane(int lane) {
    return new TreeNode(0, lane);
  }

  /** The root over so many lanes, a power of two. */
  public static TreeNode root(int lanes) {
    return new TreeNode(Integer.numberOfTrailingZeros(lanes), 0);
  }

  public TreeNode parent() {
    return new TreeNode(level + 1, index >> 1);
  }

  /** The child over the lower half of the lanes. */
  public TreeNode left() {
    return new TreeNode(level - 1, 2 * index);
  }

  /** The other child of the parent. */
  public TreeNode sibling() {
    return new TreeNode(level, index ^ 1);
  }

  public boolean isLeft() {
    return (index & 1) == 0;
  }

  public int firstLane() {
    return index << level;
  }

  public int lanes() {
    return 1 << level;
  }

  /** By first lane, then larger blocks first. */
  @Override
  public int compareTo(TreeNode other) {
    int byLane = Integer.compare(firstLane(), other.firstLane());
    return byLane != 0 ? byLane : Integer.compare(other.level, level);
  }
}
