package io.larch.coordinate;

import io.larch.coordinate.Assignment.Share;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import io.larch.reduce.TreeNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Deals the lanes of a run to devices. At first neighbouring devices get neighbouring lanes, so
 * that most sums are formed where both halves are. Later a device keeps what it has, up to its fair
 * number; what is free then is handed out in aligned blocks, as large as balance allows. So when a
 * node is lost its lanes move, and no others.
 *
 * <p>The fair numbers make the slowest device as fast as can be: lanes go one by one to the device
 * that would be done with one more the soonest, and among equals to the one that had more.
 */
final class LaneDeal {
  private static final class Device {
    private final double speed;
    private final TreeSet<Integer> lanes = new TreeSet<>();
    private int fair;

    private Device(double speed, Lanes had) {
      this.speed = speed;
      had.all().forEach(lanes::add);
    }

    private double secondsWithOneMore() {
      return (fair + 1) / speed;
    }

    private int lacking() {
      return fair - lanes.size();
    }

    private List<TreeNode> blocks() {
      return Lanes.of(lanes).blocks();
    }

    private void take(TreeNode block) {
      lanesOf(block).forEach(lanes::add);
    }

    /** Keeps its fair number; gives away large blocks first, of a larger one the end. */
    private void keepFair() {
      while (lacking() < 0) {
        int most = -lacking();
        TreeNode given =
            blocks().stream()
                .filter(block -> block.lanes() <= most)
                .max(Comparator.comparingInt(TreeNode::lanes))
                .orElseGet(() -> endOf(smallest(), Integer.highestOneBit(most)));
        lanesOf(given).forEach(lanes::remove);
      }
    }

    private TreeNode smallest() {
      return blocks().stream().min(Comparator.comparingInt(TreeNode::lanes)).orElseThrow();
    }

    private static TreeNode endOf(TreeNode block, int count) {
      int level = Integer.numberOfTrailingZeros(count);
      return new TreeNode(level, ((block.firstLane() + block.lanes()) >> level) - 1);
    }

    private static IntStream lanesOf(TreeNode block) {
      return IntStream.range(block.firstLane(), block.firstLane() + block.lanes());
    }
  }

  private final int lanes;
  private final List<Party> parties;
  private final List<Device> devices = new ArrayList<>();

  private LaneDeal(
      int lanes,
      List<Party> parties,
      Map<String, List<Lanes>> had,
      Map<String, List<Double>> speeds) {
    this.lanes = lanes;
    this.parties = parties;
    for (Party party : parties) {
      List<Lanes> before = had.getOrDefault(party.name(), List.of());
      List<Double> measured = speeds.getOrDefault(party.name(), List.of());
      for (int i = 0; i < party.devices(); i++) {
        devices.add(
            new Device(
                i < measured.size() ? measured.get(i) : 1,
                i < before.size() ? before.get(i) : Lanes.NONE));
      }
    }
  }

  /**
   * Deals.
   *
   * @param parties in order of their numbers; with more than one, there are no more devices than
   *     lanes
   * @param had what devices computed before, by node; those that are missing had nothing
   * @param speeds lanes a second of a node's devices; those that are missing are 1
   * @return every lane once, a share a party; each device has a lane if there are enough
   */
  static List<Share> deal(
      int lanes,
      List<Party> parties,
      Map<String, List<Lanes>> had,
      Map<String, List<Double>> speeds) {
    LaneDeal deal = new LaneDeal(lanes, parties, had, speeds);
    return deal.shares(deal.isFirst() ? deal.neighbouring() : deal.rearranged());
  }

  /** Whether nobody had lanes, or what they had is not of one deal. */
  private boolean isFirst() {
    BitSet taken = new BitSet();
    int count = 0;
    for (Device device : devices) {
      device.lanes.forEach(taken::set);
      count += device.lanes.size();
    }
    return count == 0 || taken.cardinality() < count || taken.length() > lanes;
  }

  private List<Lanes> neighbouring() {
    return LaneRange.deal(lanes, devices.size()).stream().map(Lanes::of).toList();
  }

  private List<Lanes> rearranged() {
    findFairNumbers();
    devices.forEach(Device::keepFair);
    handOut(free());
    return devices.stream().map(device -> Lanes.of(device.lanes)).toList();
  }

  private void findFairNumbers() {
    int each = devices.size() <= lanes ? 1 : 0;
    devices.forEach(device -> device.fair = each);
    Comparator<Device> soonest =
        Comparator.comparingDouble(Device::secondsWithOneMore).thenComparingInt(Device::lacking);
    for (int left = lanes - each * devices.size(); left > 0; left--) {
      devices.stream().min(soonest).orElseThrow().fair++;
    }
  }

  private Lanes free() {
    BitSet free = new BitSet();
    free.set(0, lanes);
    devices.forEach(device -> device.lanes.forEach(free::clear));
    return Lanes.of(free.stream().boxed().toList());
  }

  private void handOut(Lanes free) {
    Comparator<TreeNode> largest = Comparator.comparingInt(block -> -block.lanes());
    PriorityQueue<TreeNode> blocks = new PriorityQueue<>(largest.thenComparing(b -> b.index()));
    blocks.addAll(free.blocks());
    while (!blocks.isEmpty()) {
      TreeNode block = blocks.remove();
      Device neediest =
          devices.stream().max(Comparator.comparingInt(Device::lacking)).orElseThrow();
      if (block.lanes() <= neediest.lacking()) {
        neediest.take(block);
      } else {
        blocks.add(block.left());
        blocks.add(block.left().sibling());
      }
    }
  }

  private List<Share> shares(List<Lanes> dealt) {
    List<Share> shares = new ArrayList<>();
    int next = 0;
    for (Party party : parties) {
      int end = next + party.devices();
      shares.add(new Share(party.name(), party.address(), List.copyOf(dealt.subList(next, end))));
      next = end;
    }
    return List.copyOf(shares);
  }
}
