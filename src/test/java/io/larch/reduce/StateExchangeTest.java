package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.FloatBlock;
import io.larch.model.Initializer.Constant;
import io.larch.model.Layout;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole state or none, whoever feeds which slice and in whatever order it arrives. */
class StateExchangeTest {
  private static final int STEP = 9;
  private static final String TAKER = "taker";
  private static final Layout LAYOUT =
      new Layout(
          List.of(
              tensor("conv.weight", "conv", 2500, Kind.WEIGHT),
              tensor("norm.scale", "norm", 30, Kind.NORM_SCALE),
              tensor("norm.mean", "norm", 30, Kind.RUNNING_MEAN),
              tensor("fc.weight", "fc", 1700, Kind.WEIGHT),
              tensor("fc.bias", "fc", 10, Kind.BIAS)));
  private static final List<Slice> SLICES = Slice.cut(LAYOUT, 4096);
  private static final int FLOATS = Math.toIntExact(LAYOUT.floats());

  private final List<Replica> replicas = new ArrayList<>();
  private final Map<String, Node> nodes = new TreeMap<>();
  private final Set<String> unheard = new HashSet<>();
  private Random random = new Random(0);
  private UnaryOperator<Frame> wire = frame -> frame;
  private long nowNs;

  private static Tensor tensor(String name, String layer, int size, Kind kind) {
    return new Tensor(name, layer, List.of(size), kind, new Constant(0));
  }

  private Replica replica(int buffers, long seed, long step) {
    Replica replica = new Replica(LAYOUT, SLICES, buffers);
    replicas.add(replica);
    fill(replica.committed(), new Random(seed));
    replica.restore(step);
    return replica;
  }

  private static void fill(Replica.State state, Random values) {
    fill(state.weights(), values);
    state.buffers().forEach(buffer -> fill(buffer, values));
  }

  private static void fill(FloatBlock block, Random values) {
    FloatBuffer view = block.view(0, FLOATS);
    for (int i = 0; i < FLOATS; i++) {
      view.put(i, (float) values.nextGaussian());
    }
  }

  private static void assertSameState(Replica expected, Replica actual) {
    assertEquals(expected.hashes(), actual.hashes());
    for (Slice slice : SLICES) {
      for (int block = 0; block < expected.committed().blocks(); block++) {
        assertEquals(
            expected.committed().view(slice, block), actual.committed().view(slice, block));
      }
    }
  }

  @AfterEach
  void close() {
    replicas.forEach(Replica::close);
    assertEquals(0, FloatBlock.liveBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void shouldTakeTheWholeStateHoweverItIsSplit(int buffers) {
    for (int seed = 0; seed < 30; seed++) {
      random = new Random(seed);
      nodes.clear();
      Replica behind = replica(buffers, 1, STEP - 1);
      Replica before = replica(buffers, 1, STEP - 1);
      fill(behind.staged(), new Random(seed));
      SLICES.forEach(behind.staged()::hash);
      List<String> feeders = feeders(1 + random.nextInt(4), buffers);
      Node taker = node(TAKER, behind);
      taker.exchange.take(STEP, feeders, nowNs);
      deal(feeders).forEach((feeder, slices) -> nodes.get(feeder).exchange.feed(TAKER, slices));
      run(() -> !taker.taken.isEmpty());
      assertSameState(before, behind);
      behind.adopt(STEP);
      assertSameState(nodes.get(feeders.get(0)).replica, behind);
      assertEquals(STEP, behind.step());
    }
  }

  private List<String> feeders(int count, int buffers) {
    List<String> names = IntStream.range(0, count).mapToObj(i -> "feeder-" + i).toList();
    names.forEach(name -> node(name, replica(buffers, 2, STEP)));
    return names;
  }

  /** Each slice to one feeder; some to a second one as well; each in an order of its own. */
  private Map<String, List<Integer>> deal(List<String> feeders) {
    Map<String, List<Integer>> dealt = new TreeMap<>();
    feeders.forEach(feeder -> dealt.put(feeder, new ArrayList<>()));
    for (Slice slice : SLICES) {
      int first = random.nextInt(feeders.size());
      int second = random.nextInt(3 * feeders.size());
      for (int feeder : new HashSet<>(List.of(first, second))) {
        if (feeder < feeders.size()) {
          List<Integer> slices = dealt.get(feeders.get(feeder));
          slices.add(random.nextInt(slices.size() + 1), slice.id());
        }
      }
    }
    return dealt;
  }

  private List<Integer> all() {
    return SLICES.stream().map(Slice::id).toList();
  }

  private Node feedAll() {
    Node feeder = nodes.get(feeders(1, 1).get(0));
    Node taker = node(TAKER, replica(1, 1, STEP - 1));
    feeder.exchange.feed(TAKER, all());
    taker.exchange.take(STEP, List.of("feeder-0"), nowNs);
    return taker;
  }

  @Test
  void shouldAskAgainUntilTheFeederHears() {
    Node taker = feedAll();
    unheard.add(TAKER);
    for (int round = 0; round < 50; round++) {
      runOnce();
    }
    assertTrue(taker.exchange.missing().contains("nothing has come from feeder-0"));
    assertTrue(nodes.get("feeder-0").exchange.missing().contains("taker is not ready"));
    unheard.clear();
    run(() -> !taker.taken.isEmpty());
    assertEquals(List.of(TAKER), nodes.get("feeder-0").fed);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void shouldRefuseASliceThatWasDamagedOnItsWay(int block) {
    Node taker = feedAll();
    Replica before = replica(1, 1, STEP - 1);
    wire =
        frame -> {
          if (frame.part != null && frame.part.slice() == 1 && frame.part.block() == block) {
            frame.values.put(0, flipped(frame.values.get(0), 1));
          }
          return frame;
        };
    Exception refused =
        assertThrows(IllegalStateException.class, () -> run(() -> !taker.taken.isEmpty()));
    assertTrue(refused.getMessage().contains("slice 1 (layer conv)"), refused.getMessage());
    assertTrue(refused.getMessage().contains("feeder-0"), refused.getMessage());
    assertSameState(before, taker.replica);
  }

  private static float flipped(float value, int bit) {
    return Float.intBitsToFloat(Float.floatToRawIntBits(value) ^ bit);
  }

  @Test
  void shouldFeedNothingOfASliceThatIsNotWhatWasCommitted() {
    Node taker = feedAll();
    Replica feeder = nodes.get("feeder-0").replica;
    long at = SLICES.get(2).from() + 5;
    FloatBuffer value = feeder.committed().weights().view(at, 1);
    value.put(0, flipped(value.get(0), 1 << 20));
    wire =
        frame -> {
          assertTrue(frame.part == null || frame.part.slice() != 2);
          return frame;
        };
    Exception damaged = assertThrows(ReplicaDamaged.class, () -> run(() -> !taker.taken.isEmpty()));
    assertTrue(damaged.getMessage().contains("slice 2 (layer conv)"), damaged.getMessage());
    assertTrue(damaged.getMessage().contains("after step " + STEP), damaged.getMessage());
  }

  @Test
  void shouldDropTheStateOfAnotherStep() {
    Node taker = feedAll();
    wire = frame -> frame.part == null ? frame : frame.of(STEP - 1);
    for (int round = 0; round < 50; round++) {
      runOnce();
    }
    assertTrue(taker.stale > 0);
    assertTrue(taker.exchange.missing().startsWith("slices [0, 1, 2"), taker.exchange.missing());
  }

  @Test
  void shouldNotFeedTheStateOfAStepThatWasNotItsLast() {
    Node feeder = nodes.get(feeders(1, 1).get(0));
    Node taker = node(TAKER, replica(1, 1, STEP - 1));
    feeder.exchange.feed(TAKER, all());
    taker.exchange.take(STEP + 1, List.of("feeder-0"), nowNs);
    Exception refused = assertThrows(IllegalStateException.class, () -> run(() -> false));
    assertTrue(refused.getMessage().contains("after step 10"), refused.getMessage());
  }

  private Node node(String name, Replica replica) {
    Node node = new Node(name, replica);
    nodes.put(name, node);
    return node;
  }

  private void run(BooleanSupplier end) {
    for (int round = 0; !end.getAsBoolean(); round++) {
      assertTrue(round < 100_000, "no end");
      runOnce();
    }
  }

  private void runOnce() {
    nowNs += 10_000_000;
    nodes.values().forEach(node -> node.exchange.work(nowNs));
  }

  /** What travels: a part with its values, or, without one, that the sender is ready. */
  private record Frame(String from, StateLinks.Part part, long step, FloatBuffer values) {
    Frame of(long other) {
      var p = part;
      return new Frame(
          from,
          new StateLinks.Part(other, p.slice(), p.block(), p.seal(), p.offset(), p.count()),
          other,
          values);
    }
  }

  /** One node; a seed says how much of what it sends is taken at once and when it arrives. */
  private final class Node implements StateLinks, StateExchange.Outcome {
    private final String name;
    private final Replica replica;
    private final StateExchange exchange;
    private final Map<String, Deque<Frame>> inbox = new TreeMap<>();
    private final List<String> fed = new ArrayList<>();
    private final List<Long> taken = new ArrayList<>();
    private int stale;

    private Node(String name, Replica replica) {
      this.name = name;
      this.replica = replica;
      exchange = new StateExchange(replica, this, this);
    }

    private void send(String to, Frame frame) {
      if (!unheard.contains(name)) {
        nodes
            .get(to)
            .inbox
            .computeIfAbsent(name, first -> new ArrayDeque<>())
            .add(wire.apply(frame));
      }
    }

    @Override
    public boolean sendReady(String to, long step) {
      boolean sent = random.nextBoolean();
      if (sent) {
        send(to, new Frame(name, null, step, null));
      }
      return sent;
    }

    @Override
    public int send(
        String to, long step, int slice, int block, long seal, FloatBuffer values, int from) {
      int count = random.nextInt(values.limit() - from + 1);
      if (count > 0) {
        float[] copy = new float[count];
        values.get(from, copy);
        send(
            to,
            new Frame(
                name,
                new Part(step, slice, block, seal, from, count),
                step,
                FloatBuffer.wrap(copy)));
      }
      return count;
    }

    @Override
    public int receive(Listener receiver) {
      int frames = 0;
      for (Deque<Frame> channel : inbox.values()) {
        for (int i = random.nextInt(4); i > 0 && !channel.isEmpty(); i--) {
          stale += take(channel.remove(), receiver) ? 0 : 1;
          frames++;
        }
      }
      return frames;
    }

    private boolean take(Frame frame, Listener receiver) {
      return frame.part == null
          ? receiver.ready(frame.from, frame.step)
          : receiver.part(frame.from, frame.part, frame.values.array());
    }

    @Override
    public void fed(String to) {
      fed.add(to);
    }

    @Override
    public void taken(long step) {
      taken.add(step);
    }
  }
}
