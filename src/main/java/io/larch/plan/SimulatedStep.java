package io.larch.plan;

import io.larch.coordinate.Assignment;
import io.larch.reduce.Placement;
import io.larch.reduce.Placement.Hop;
import io.larch.reduce.Slice;
import io.larch.reduce.TreeNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One step of a whole cluster, event by event: devices finish layers, nodes add, send up, measure,
 * hand down and update. Who computes which lane, who forms which sum and who hands it to whom are
 * what {@link Assignment}, {@link io.larch.reduce.DevicePlan} and {@link Placement} say of a real
 * run; only times are modelled. A node has one thread that reduces, as many that update as it has
 * devices, and a host one interface that sends and receives, each first come, first served; what is
 * large moves in portions.
 */
final class SimulatedStep {
  /** Values that move together: of a larger slice, some are on their way while others are added. */
  private static final int PORTION = 1 << 16;

  /** Event: a node has the sum of one of its blocks. */
  private static final int OWN = 0;

  /** Event: where a tree node's sum is formed, one of its halves is there. */
  private static final int HALF = 1;

  /** Event: a node has the sum of all lanes. */
  private static final int WHOLE = 2;

  /** Event: every node knows the trust ratios of a layer. */
  private static final int RATIOS = 3;

  /** Some values of a slice. */
  private static final class Portion {
    private final Slice slice;
    private final int layer;
    private final int floats;
    private final double bytes;
    private final int[][] receivers;
    private final byte[] halves;
    private final BitSet wholeAt = new BitSet();

    private Portion(Slice slice, int layer, int floats, double bytes, int[][] receivers, int sums) {
      this.slice = slice;
      this.layer = layer;
      this.floats = floats;
      this.bytes = bytes;
      this.receivers = receivers;
      halves = new byte[sums];
    }
  }

  /** A thread of a node that reduces or updates. */
  private static final class Loop {
    private double free;
    private double busy;
    private double busyEarly;
    private long sent;
  }

  /** The network interface of a host. */
  private static final class Port {
    private double sendFree;
    private double receiveFree;
    private double busy;
  }

  private final Cluster cluster;
  private final Machine machine;
  private final double slowdown;
  private final Placement placement;
  private final List<Block> blocks;
  private final TreeNode[] trees;
  private final List<Portion> portions = new ArrayList<>();
  private final List<List<Portion>> layers = new ArrayList<>();
  private final int[] unmeasured;
  private final boolean overAllLayers;
  private long layersUnmeasured;
  private final BitSet ratiosKnown = new BitSet();
  private final EventQueue events = new EventQueue();
  private final Loop[] loops;
  private final List<List<Loop>> updaters = new ArrayList<>();
  private final Port[] ports;
  private final double computed;
  private double firstSum = Double.POSITIVE_INFINITY;
  private double lastWhole;
  private double end;

  private SimulatedStep(Cluster cluster, Workload work, double slowdown) {
    this.cluster = cluster;
    this.slowdown = slowdown;
    machine = cluster.machine();
    Assignment assignment = cluster.deal(work.lanes());
    placement = new Placement(assignment.owners(), work.slices());
    blocks = Block.of(assignment, placement, machine, work, slowdown);
    computed = blocks.stream().mapToDouble(Block::computed).max().orElseThrow();
    trees = new TreeNode[2 * work.lanes()];
    blocks.forEach(block -> noteUpwards(block.tree()));
    loops = new Loop[cluster.nodes()];
    Arrays.setAll(loops, i -> new Loop());
    Arrays.stream(loops).map(this::updaters).forEach(updaters::add);
    ports = new Port[cluster.hosts()];
    Arrays.setAll(ports, i -> new Port());
    cut(work);
    unmeasured = layers.stream().mapToInt(List::size).toArray();
    overAllLayers = work.overAllLayers();
    layersUnmeasured = trainedLayers().count();
  }

  /**
   * What a step takes. Where devices leave no core free, what the reducing threads do under
   * computation and what messages take slows the devices down.
   */
  static StepTimes of(Cluster cluster, Workload work) {
    double crowding = cluster.crowding();
    SimulatedStep step = new SimulatedStep(cluster, work, crowding);
    StepTimes times = step.run(work);
    double stolen = step.busyEarly() / cluster.nodes() + step.messageSeconds();
    if (!cluster.isFull() || stolen == 0) {
      return times;
    }
    double share = stolen * crowding / (cluster.machine().devices() * step.computed);
    return new SimulatedStep(cluster, work, crowding * (1 + share)).run(work);
  }

  private double busyEarly() {
    return Stream.concat(Arrays.stream(loops), updaters.stream().flatMap(List::stream))
        .distinct()
        .mapToDouble(loop -> loop.busyEarly)
        .sum();
  }

  /**
   * What a node's cores spend on the trust ratios that every layer's optimizer tells the others.
   */
  private double messageSeconds() {
    long trained = trainedLayers().count() + (overAllLayers ? 1 : 0);
    double others = (cluster.nodes() - 1.0) / cluster.nodes();
    return 2 * trained * others * machine.costs().message();
  }

  private IntStream trainedLayers() {
    return IntStream.range(0, layers.size()).filter(layer -> !layers.get(layer).isEmpty());
  }

  /** With one device the thread that reduces updates, too. */
  private List<Loop> updaters(Loop reducing) {
    if (machine.devices() == 1) {
      return List.of(reducing);
    }
    return Stream.generate(Loop::new).limit(machine.devices()).toList();
  }

  /** A tree node and those above it, by their number in a heap whose root is 1. */
  private void noteUpwards(TreeNode tree) {
    TreeNode each = tree;
    while (trees[heap(each)] == null) {
      trees[heap(each)] = each;
      if (heap(each) > 1) {
        each = each.parent();
      }
    }
  }

  private int heap(TreeNode tree) {
    return ((trees.length / 2) >> tree.level()) + tree.index();
  }

  private void cut(Workload work) {
    Map<String, Integer> numbers = new HashMap<>();
    machine.layers().forEach(layer -> numbers.put(layer.layer(), numbers.size()));
    numbers.keySet().forEach(layer -> layers.add(new ArrayList<>()));
    IdentityHashMap<List<Hop>, int[][]> receivers = new IdentityHashMap<>();
    for (Slice slice : work.slices()) {
      int layer = numbers.get(slice.layer());
      int[][] handedTo = receivers.computeIfAbsent(placement.route(slice), this::receivers);
      for (int from = 0; from < slice.count(); from += PORTION) {
        int floats = Math.min(PORTION, slice.count() - from);
        double bytes = floats * work.wireBytes(slice);
        Portion portion = new Portion(slice, layer, floats, bytes, handedTo, trees.length);
        portions.add(portion);
        if (!slice.statistic()) {
          layers.get(layer).add(portion);
        }
      }
    }
  }

  private int[][] receivers(List<Hop> route) {
    List<List<Integer>> of = new ArrayList<>();
    for (int node = 0; node < cluster.nodes(); node++) {
      of.add(new ArrayList<>());
    }
    route.forEach(hop -> of.get(hop.from()).add(hop.to()));
    return of.stream()
        .map(to -> to.stream().mapToInt(Integer::intValue).toArray())
        .toArray(int[][]::new);
  }

  private StepTimes run(Workload work) {
    begin();
    while (!events.isEmpty()) {
      double time = events.time();
      handle(time, events.remove());
    }
    double samples = (double) work.globalBatch() / cluster.nodes();
    double input = samples / machine.inputRate();
    double loop = Arrays.stream(loops).mapToDouble(each -> each.busy).max().orElse(0);
    double wire = Arrays.stream(ports).mapToDouble(port -> port.busy).max().orElse(0);
    double reduction = cluster.nodes() == 1 ? 0 : lastWhole - firstSum;
    double hidden = Math.max(0, Math.min(computed, lastWhole) - firstSum);
    double tail = end - computed;
    return new StepTimes(
        Math.max(computed, input) + tail,
        computed,
        input,
        reduction,
        Math.min(hidden, reduction),
        loop,
        wire,
        Arrays.stream(loops).map(each -> each.sent).toList());
  }

  /** Backward frees the layers from the last to the first. */
  private void begin() {
    double[] below = new double[layers.size()];
    for (int layer = 1; layer < below.length; layer++) {
      below[layer] = below[layer - 1] + machine.layers().get(layer - 1).backward() * slowdown;
    }
    for (int block = 0; block < blocks.size(); block++) {
      for (int portion = 0; portion < portions.size(); portion++) {
        double time = blocks.get(block).computed() - below[portions.get(portion).layer];
        firstSum = Math.min(firstSum, time);
        add(time, OWN, portion, block);
      }
    }
  }

  private void add(double time, int kind, int portion, int which) {
    events.add(time, ((long) kind << 60) | ((long) portion << 32) | which);
  }

  private void handle(double time, long event) {
    int portion = (int) (event >>> 32) & 0xFFFFFFF;
    int which = (int) event;
    switch ((int) (event >>> 60)) {
      case OWN -> own(time, portion, blocks.get(which));
      case HALF -> half(time, portion, which);
      case WHOLE -> whole(time, portion, which);
      case RATIOS -> ratios(time, which);
      default -> throw new IllegalStateException("no event " + event);
    }
  }

  private void own(double time, int number, Block block) {
    double work = block.additions() * portions.get(number).floats * machine.costs().add();
    formed(work(loops[block.node()], time, work), number, block.tree());
  }

  private void half(double time, int number, int heap) {
    Portion portion = portions.get(number);
    if (++portion.halves[heap] == 2) {
      int node = placement.holder(trees[heap], portion.slice);
      double done = work(loops[node], time, portion.floats * machine.costs().add());
      formed(done, number, trees[heap]);
    }
  }

  /** The sum of a tree node is there; it is whole, or a half of the sum above. */
  private void formed(double time, int number, TreeNode tree) {
    int from = placement.holder(tree, portions.get(number).slice);
    if (heap(tree) == 1) {
      add(time, WHOLE, number, from);
      return;
    }
    int to = placement.holder(tree.parent(), portions.get(number).slice);
    double arrived = from == to ? time : send(time, portions.get(number), from, to);
    add(arrived, HALF, number, heap(tree.parent()));
  }

  private void whole(double time, int number, int node) {
    Portion portion = portions.get(number);
    lastWhole = Math.max(lastWhole, time);
    portion.wholeAt.set(node);
    if (node == placement.root(portion.slice) && !portion.slice.statistic()) {
      measured(time, portion.layer);
    }
    for (int to : portion.receivers[node]) {
      add(send(time, portion, node, to), WHOLE, number, to);
    }
    if (portion.slice.statistic() || ratiosKnown.get(portion.layer)) {
      update(time, portion, node);
    }
  }

  /**
   * The layer's optimizer hears of every slice and then tells every node; where something is
   * decided over all layers, that is asked before, once all are measured.
   */
  private void measured(double time, int layer) {
    if (--unmeasured[layer] > 0) {
      return;
    }
    layersUnmeasured--;
    double latency = cluster.hosts() == 1 ? 0 : cluster.link().latency();
    double asked = 2 * (machine.costs().message() + latency);
    if (!overAllLayers) {
      add(time + asked, RATIOS, 0, layer);
    } else if (layersUnmeasured == 0) {
      trainedLayers().forEach(each -> add(time + 2 * asked, RATIOS, 0, each));
    }
  }

  private void ratios(double time, int layer) {
    ratiosKnown.set(layer);
    for (Portion portion : layers.get(layer)) {
      portion.wholeAt.stream().forEach(node -> update(time, portion, node));
    }
  }

  private void update(double time, Portion portion, int node) {
    Loop free = Collections.min(updaters.get(node), Comparator.comparingDouble(each -> each.free));
    end = Math.max(end, work(free, time, portion.floats * machine.costs().update()));
  }

  /** A thread does something as soon as it can; returns when it is done. */
  private double work(Loop loop, double time, double seconds) {
    double start = Math.max(time, loop.free);
    double core = seconds + (time > loop.free ? machine.costs().wake() : 0);
    double needed = core * Math.max(1, (double) cluster.nodesPerMachine() / machine.cores());
    loop.free = start + needed;
    loop.busy += needed;
    loop.busyEarly += start < computed ? core : 0;
    return loop.free;
  }

  /** Sends a portion; returns when it has arrived. */
  private double send(double time, Portion portion, int from, int to) {
    double copied = work(loops[from], time, portion.floats * machine.costs().copy());
    loops[from].sent += (long) portion.bytes;
    Link link = cluster.between(from, to);
    double wire = portion.bytes * link.secondsPerByte();
    if (cluster.host(from) == cluster.host(to)) {
      return copied + link.latency() + wire;
    }
    Port sender = ports[cluster.host(from)];
    Port receiver = ports[cluster.host(to)];
    double start = Math.max(copied, sender.sendFree);
    sender.sendFree = start + wire;
    sender.busy += wire;
    receiver.receiveFree = Math.max(start, receiver.receiveFree) + wire;
    return receiver.receiveFree + link.latency();
  }
}
