package io.larch.reduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where, in one generation, the sums of every slice are formed. Each slice has a root lane; the sum
 * of a tree node is formed by the node of the cluster that computes the lane of that subtree which
 * agrees with the root lane in its lower bits. So a sum moves only where its two halves lie on
 * different nodes, one of the two holds it, and slices with other root lanes use other placements
 * of the same tree.
 *
 * <p>Root lanes are chosen longest first, each so that what nodes send and what they root stays
 * most even; with P equal nodes every one then sends about 2·M·(P−1)/P bytes of a gradient of M
 * bytes, as much as in a ring, in 2·log₂ P hops. The choice changes where an addition happens,
 * never its bits.
 */
public final class Placement {
  /** The way of a finished sum from one node to another. */
  public record Hop(int from, int to) {}

  private final int[] owners;
  private final int nodes;
  private final Map<Integer, Integer> rootLanes = new HashMap<>();
  private final Map<Integer, List<Hop>> routes = new HashMap<>();
  private final long[] sent;
  private final long[] rooted;

  /**
   * @param owners of each lane, in order: the number of a node, from 0; every node has a lane
   * @param slices to be placed
   */
  public Placement(List<Integer> owners, List<Slice> slices) {
    this.owners = owners.stream().mapToInt(Integer::intValue).toArray();
    nodes = Arrays.stream(this.owners).max().orElseThrow() + 1;
    sent = new long[nodes];
    rooted = new long[nodes];
    place(slices);
  }

  private void place(List<Slice> slices) {
    Map<List<Hop>, Integer> candidates = new LinkedHashMap<>();
    for (int lane = 0; lane < owners.length; lane++) {
      candidates.putIfAbsent(traffic(lane), lane);
    }
    slices.stream()
        .sorted(Comparator.comparingInt((Slice s) -> -s.count()).thenComparing(Slice::id))
        .forEach(slice -> rootLanes.put(slice.id(), choose(slice, candidates)));
  }

  private int choose(Slice slice, Map<List<Hop>, Integer> candidates) {
    List<Hop> best = null;
    long least = Long.MAX_VALUE;
    for (Map.Entry<List<Hop>, Integer> candidate : candidates.entrySet()) {
      long cost = cost(candidate.getKey(), candidate.getValue(), bytes(slice));
      if (cost < least) {
        least = cost;
        best = candidate.getKey();
      }
    }
    add(best, candidates.get(best), bytes(slice));
    return candidates.get(best);
  }

  /** The squares of what all nodes would send and root, in KiB: least where both are most even. */
  private long cost(List<Hop> hops, int rootLane, long bytes) {
    add(hops, rootLane, bytes);
    long squares = squares(sent) + squares(rooted);
    add(hops, rootLane, -bytes);
    return squares;
  }

  private static long squares(long[] loads) {
    return Arrays.stream(loads).map(load -> load >> 10).map(load -> load * load).sum();
  }

  private void add(List<Hop> hops, int rootLane, long bytes) {
    hops.forEach(hop -> sent[hop.from()] += bytes);
    rooted[owners[rootLane]] += bytes;
  }

  private static long bytes(Slice slice) {
    return (long) slice.count() * Float.BYTES;
  }

  /** All hops of a slice with this root lane: partial sums up, the whole sum down. */
  private List<Hop> traffic(int rootLane) {
    List<Hop> hops = new ArrayList<>();
    partials(TreeNode.root(owners.length), rootLane, hops);
    hops.addAll(route(rootLane));
    return List.copyOf(hops);
  }

  private void partials(TreeNode node, int rootLane, List<Hop> hops) {
    for (TreeNode child : children(node)) {
      int from = holder(child, rootLane);
      if (from != holder(node, rootLane)) {
        hops.add(new Hop(from, holder(node, rootLane)));
      }
      partials(child, rootLane, hops);
    }
  }

  private static List<TreeNode> children(TreeNode node) {
    if (node.level() == 0) {
      return List.of();
    }
    return List.of(
        new TreeNode(node.level() - 1, 2 * node.index()),
        new TreeNode(node.level() - 1, 2 * node.index() + 1));
  }

  private int holder(TreeNode node, int rootLane) {
    return owners[node.firstLane() | (rootLane & (node.lanes() - 1))];
  }

  /** The node that forms a tree node's sum of a slice; a lane's is the node that computes it. */
  public int holder(TreeNode node, Slice slice) {
    return holder(node, rootLanes.get(slice.id()));
  }

  /** The node where the whole sum of a slice is formed. */
  public int root(Slice slice) {
    return holder(TreeNode.root(owners.length), slice);
  }

  /** Who hands the whole sum of a slice to whom, from the root on; each node gets it once. */
  public List<Hop> route(Slice slice) {
    return routes.computeIfAbsent(rootLanes.get(slice.id()), this::route);
  }

  private List<Hop> route(int rootLane) {
    List<Hop> hops = new ArrayList<>();
    boolean[] reached = new boolean[nodes];
    TreeNode root = TreeNode.root(owners.length);
    reached[holder(root, rootLane)] = true;
    List<TreeNode> level = List.of(root);
    while (!level.isEmpty()) {
      level = descend(level, rootLane, reached, hops);
    }
    return List.copyOf(hops);
  }

  private List<TreeNode> descend(
      List<TreeNode> level, int rootLane, boolean[] reached, List<Hop> hops) {
    List<TreeNode> below = new ArrayList<>();
    for (TreeNode node : level) {
      for (TreeNode child : children(node)) {
        int to = holder(child, rootLane);
        if (!reached[to]) {
          reached[to] = true;
          hops.add(new Hop(holder(node, rootLane), to));
        }
        below.add(child);
      }
    }
    return below;
  }

  /** Bytes of f32 values that each node sends in a step, in order of nodes. */
  public List<Long> bytesSent() {
    return Arrays.stream(sent).boxed().toList();
  }

  /** Number of nodes. */
  public int nodes() {
    return nodes;
  }
}
