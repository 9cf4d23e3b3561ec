package io.larch.reduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

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

  /** A root lane that a slice may get, and how often each node would then send the slice. */
  private static final class Candidate {
    private final int rootLane;
    private final int root;
    private final int[] senders;
    private final int[] times;
    private final long squares;

    private Candidate(int rootLane, int root, List<Hop> hops, int nodes) {
      this.rootLane = rootLane;
      this.root = root;
      int[] sends = new int[nodes];
      hops.forEach(hop -> sends[hop.from()]++);
      senders = IntStream.range(0, nodes).filter(node -> sends[node] > 0).toArray();
      times = Arrays.stream(senders).map(node -> sends[node]).toArray();
      squares = Arrays.stream(times).mapToLong(count -> (long) count * count).sum();
    }
  }

  private static final int MIXED = -1;

  private final int lanes;

  /** Who computes all lanes of a tree node, or that they are mixed; the root is 1, as in a heap. */
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
    lanes = owners.size();
    this.owners = heap(owners);
    nodes = owners.stream().mapToInt(Integer::intValue).max().orElseThrow() + 1;
    sent = new long[nodes];
    rooted = new long[nodes];
    place(slices);
  }

  private static int[] heap(List<Integer> owners) {
    int[] heap = new int[2 * owners.size()];
    for (int lane = 0; lane < owners.size(); lane++) {
      heap[owners.size() + lane] = owners.get(lane);
    }
    for (int i = owners.size() - 1; i > 0; i--) {
      heap[i] = heap[2 * i] == heap[2 * i + 1] ? heap[2 * i] : MIXED;
    }
    return heap;
  }

  private void place(List<Slice> slices) {
    List<Candidate> candidates = new ArrayList<>();
    addCandidates(TreeNode.root(lanes), candidates);
    slices.stream()
        .sorted(Comparator.comparingInt((Slice s) -> -s.count()).thenComparing(Slice::id))
        .forEach(slice -> rootLanes.put(slice.id(), choose(slice, candidates)));
  }

  /** All lanes of a block that one node computes would give the same traffic. */
  private void addCandidates(TreeNode node, List<Candidate> candidates) {
    if (ownerOf(node) == MIXED) {
      children(node).forEach(child -> addCandidates(child, candidates));
    } else {
      int lane = node.firstLane();
      candidates.add(new Candidate(lane, ownerOf(node), traffic(lane), nodes));
    }
  }

  private int choose(Slice slice, List<Candidate> candidates) {
    long kibibytes = Math.max(1, bytes(slice) >> 10);
    Candidate best = null;
    long least = Long.MAX_VALUE;
    for (Candidate candidate : candidates) {
      long cost = cost(candidate, kibibytes);
      if (cost < least) {
        least = cost;
        best = candidate;
      }
    }
    add(best, bytes(slice));
    return best.rootLane;
  }

  /** What the squares of all that nodes send and root grow by, in KiB²: least where most even. */
  private long cost(Candidate candidate, long kibibytes) {
    long before = rooted[candidate.root] >> 10;
    for (int i = 0; i < candidate.senders.length; i++) {
      before += (sent[candidate.senders[i]] >> 10) * candidate.times[i];
    }
    return kibibytes * (2 * before + kibibytes * (candidate.squares + 1));
  }

  private void add(Candidate chosen, long bytes) {
    for (int i = 0; i < chosen.senders.length; i++) {
      sent[chosen.senders[i]] += chosen.times[i] * bytes;
    }
    rooted[chosen.root] += bytes;
  }

  private static long bytes(Slice slice) {
    return (long) slice.count() * Float.BYTES;
  }

  /** All hops of a slice with this root lane: partial sums up, the whole sum down. */
  private List<Hop> traffic(int rootLane) {
    List<Hop> hops = new ArrayList<>();
    partials(TreeNode.root(lanes), rootLane, hops);
    hops.addAll(route(rootLane));
    return hops;
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

  private int ownerOf(TreeNode node) {
    return owners[(lanes >> node.level()) + node.index()];
  }

  /** The halves of a tree node; none if one node of the cluster computes all of it. */
  private List<TreeNode> children(TreeNode node) {
    if (ownerOf(node) != MIXED) {
      return List.of();
    }
    return List.of(node.left(), node.left().sibling());
  }

  private int holder(TreeNode node, int rootLane) {
    return owners[lanes + (node.firstLane() | (rootLane & (node.lanes() - 1)))];
  }

  /** The node that forms a tree node's sum of a slice; a lane's is the node that computes it. */
  public int holder(TreeNode node, Slice slice) {
    return holder(node, rootLanes.get(slice.id()));
  }

  /** The node where the whole sum of a slice is formed. */
  public int root(Slice slice) {
    return holder(TreeNode.root(lanes), slice);
  }

  /** The node that computes all lanes of a tree node, if one does. */
  public OptionalInt owner(TreeNode node) {
    int owner = ownerOf(node);
    return owner == MIXED ? OptionalInt.empty() : OptionalInt.of(owner);
  }

  /** Who hands the whole sum of a slice to whom, from the root on; each node gets it once. */
  public List<Hop> route(Slice slice) {
    return routes.computeIfAbsent(rootLanes.get(slice.id()), this::route);
  }

  private List<Hop> route(int rootLane) {
    List<Hop> hops = new ArrayList<>();
    boolean[] reached = new boolean[nodes];
    TreeNode root = TreeNode.root(lanes);
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
