package io.larch.reduce;

import io.larch.reduce.Placement.Hop;
import java.util.ArrayList;
import java.util.List;

/**
 * The canonical tree of one slice with its placement, to be looked at.
 *
 * @param bytes of the slice in f32
 * @param nodes names, in order of the numbers by which the rest speaks of them
 * @param levels for each level of the tree, from lanes to root, the node that forms each sum
 * @param down who hands the whole sum to whom, from the root on
 */
public record SliceTree(
    int slice,
    String layer,
    long bytes,
    List<String> nodes,
    List<List<Integer>> levels,
    List<Hop> down) {

  /**
   * Draws a slice's tree.
   *
   * @param lanes of the run
   * @param nodes names in order of the placement's numbers
   */
  public static SliceTree of(Slice slice, int lanes, Placement placement, List<String> nodes) {
    List<List<Integer>> levels = new ArrayList<>();
    for (int level = 0; lanes >> level > 0; level++) {
      List<Integer> holders = new ArrayList<>();
      for (int index = 0; index < lanes >> level; index++) {
        holders.add(placement.holder(new TreeNode(level, index), slice));
      }
      levels.add(List.copyOf(holders));
    }
    return new SliceTree(
        slice.id(),
        slice.layer(),
        (long) slice.count() * Float.BYTES,
        List.copyOf(nodes),
        List.copyOf(levels),
        placement.route(slice));
  }
}
