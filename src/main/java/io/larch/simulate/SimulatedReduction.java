package io.larch.simulate;

import io.larch.config.Wire;
import io.larch.coordinate.Assignment;
import io.larch.coordinate.NormDesk;
import io.larch.reduce.Exchange;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.Links;
import io.larch.reduce.Placement;
import io.larch.reduce.Slice;
import io.larch.reduce.Sums;
import io.larch.reduce.TreeNode;
import io.larch.reduce.Values;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A node's reduction in one generation: the real {@link Exchange} over the world's streams, and
 * what a node does with whole sums: squares to the layer's desk, the ratio back, the next state
 * staged.
 */
final class SimulatedReduction implements Links, AutoCloseable {
  private static final long REPEAT_NS = Duration.ofSeconds(2).toNanos();
  private static final int FLOATS_PER_FRAME = ToyModel.FLOATS / 2;

  /** Values on their way. */
  private record Frame(
      GenerationId generation,
      Kind kind,
      long step,
      int slice,
      TreeNode node,
      int offset,
      FloatBuffer values) {}

  /** A layer in a step. */
  private static final class Progress {
    private final Map<Integer, FloatBuffer> whole = new TreeMap<>();
    private final List<Squares> squares = new ArrayList<>();
    private int staged;
    private int handedOn;
    private boolean asked;
    private Double ratio;
  }

  private final SimulatedNode node;
  private final World world;
  private final Rules rules;
  private final GenerationId generation;
  private final List<SimulatedNode> members;
  private final Placement placement;
  private final int self;
  private final Exchange exchange;
  private final Deque<Frame> inbox = new ArrayDeque<>();
  private final Map<Long, Map<String, Progress>> steps = new HashMap<>();

  /** Layers whose desk knows this node in this generation. */
  private final Set<String> answered = new HashSet<>();

  private boolean closed;

  /**
   * @param members in order of their numbers
   */
  SimulatedReduction(
      SimulatedNode node,
      World world,
      Rules rules,
      Assignment assignment,
      List<SimulatedNode> members,
      Placement placement,
      int lanes) {
    this.node = node;
    this.world = world;
    this.rules = rules;
    this.members = members;
    this.placement = placement;
    generation = assignment.generation();
    self = assignment.self();
    exchange =
        new Exchange(
            self, lanes, ToyModel.SLICES, placement, new Sums(Wire.F32), this, new WholeSums());
  }

  /** A device has finished a block of a layer. */
  void finished(long step, String layer, TreeNode block, float[] values) {
    exchange.finished(step, layer, block, FloatBuffer.wrap(values));
    askOnce(step, layer, progress(step, layer));
    drain();
  }

  private void drain() {
    boolean busy = true;
    while (busy) {
      busy = exchange.work();
    }
  }

  // Links

  @Override
  public int send(
      int to, Kind kind, long step, int slice, TreeNode tree, FloatBuffer whole, int from) {
    int count = Math.min(FLOATS_PER_FRAME, whole.capacity() - from);
    float[] values = new float[count];
    whole.get(from, values);
    Frame frame = new Frame(generation, kind, step, slice, tree, from, FloatBuffer.wrap(values));
    SimulatedNode peer = members.get(to);
    world.send(node, peer, kind, () -> peer.arrived(reduction -> reduction.take(frame)));
    return count;
  }

  private void take(Frame frame) {
    if (frame.generation.equals(generation)) {
      inbox.add(frame);
      drain();
    }
  }

  @Override
  public int receive(Receiver receiver) {
    Frame frame = inbox.poll();
    if (frame == null) {
      return 0;
    }
    receiver.part(
        frame.kind, frame.step, frame.slice, frame.node, frame.offset, Values.of(frame.values));
    return 1;
  }

  // Whole sums

  private final class WholeSums implements Exchange.Outcome {
    @Override
    public void whole(long step, Slice slice, FloatBuffer values) {
      Progress layer = progress(step, slice.layer());
      layer.whole.put(slice.id(), values);
      if (placement.root(slice) == self) {
        layer.squares.add(ToyModel.squares(node.committed(slice), slice, values));
      }
      askOnce(step, slice.layer(), layer);
      stage(step, slice.layer(), layer);
    }

    @Override
    public void handedOn(long step, Slice slice) {
      Progress layer = progress(step, slice.layer());
      layer.handedOn++;
      reportIfComplete(step, slice.layer(), layer);
    }
  }

  private Progress progress(long step, String layer) {
    return steps
        .computeIfAbsent(step, first -> new HashMap<>())
        .computeIfAbsent(layer, first -> new Progress());
  }

  private void askOnce(long step, String name, Progress layer) {
    List<Slice> slices = ToyModel.layer(name);
    long rooted = slices.stream().filter(slice -> placement.root(slice) == self).count();
    if (!layer.asked && layer.squares.size() == rooted) {
      layer.asked = true;
      SimulatedNode home = members.get(placement.root(slices.get(0)));
      if (rooted > 0 || !answered.contains(name)) {
        ask(step, name, layer, home);
      } else {
        world.work(node, REPEAT_NS, () -> ask(step, name, layer, home));
      }
    }
  }

  private void ask(long step, String name, Progress layer, SimulatedNode home) {
    boolean needed = layer.ratio == null || isNeededByOthers(step, layer);
    if (closed || !needed) {
      return;
    }
    List<Squares> squares = List.copyOf(layer.squares);
    world.tell(
        node,
        home,
        () ->
            home.desk(name)
                .report(generation, step, squares, node)
                .ifPresent(complete -> answer(step, name, complete, home)));
    world.work(node, REPEAT_NS, () -> ask(step, name, layer, home));
  }

  /** Until the next step is committed, an optimizer may begin again before it has answered all. */
  private boolean isNeededByOthers(long step, Progress layer) {
    return !layer.squares.isEmpty() && node.committedStep() <= step;
  }

  private void answer(
      long step, String name, NormDesk.Complete<SimulatedNode> complete, SimulatedNode home) {
    double ratio = ToyModel.ratio(complete.norms());
    for (SimulatedNode asker : complete.askers()) {
      world.tell(home, asker, () -> asker.arrived(r -> r.answered(generation, step, name, ratio)));
    }
  }

  private void answered(GenerationId of, long step, String name, double ratio) {
    if (of.equals(generation) && step > node.committedStep()) {
      answered.add(name);
      take(step, name, ratio);
    } else if (!rules.dropsStale()) {
      take(node.committedStep() + 1, name, ratio);
    }
  }

  private void take(long step, String name, double ratio) {
    Progress layer = progress(step, name);
    if (layer.ratio == null) {
      layer.ratio = ratio;
      stage(step, name, layer);
    }
  }

  private void stage(long step, String name, Progress layer) {
    if (layer.ratio == null) {
      return;
    }
    layer.whole.forEach((slice, sum) -> node.stage(ToyModel.SLICES.get(slice), sum, layer.ratio));
    layer.staged += layer.whole.size();
    layer.whole.clear();
    reportIfComplete(step, name, layer);
  }

  private void reportIfComplete(long step, String name, Progress layer) {
    int all = ToyModel.layer(name).size();
    if (layer.staged == all && layer.handedOn == all) {
      List<String> complete = rules.commitsWhole() ? List.of(name) : ToyModel.layers();
      complete.forEach(each -> reportStaged(step, each));
    }
  }

  private void reportStaged(long step, String layer) {
    world.work(node, () -> node.layerStaged(generation, step, layer));
  }

  /** A step is committed. */
  void retire(long step) {
    exchange.retire(step);
    steps.remove(step);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      exchange.close();
    }
  }
}
