package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.config.Wire;
import io.larch.model.Networks;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All nodes of a cluster in one thread, over streams in memory that count what they carry. */
class ExchangeTest {
  private static final int LANES = 16;
  private static final int FLOATS = 10_000;
  private static final int SLICE = 1100;
  private static final int CHUNK = 300;
  private static final int STREAM_CHUNKS = 2;
  private static final String LAYER = "layer";

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void shouldSendTheBytesThatArePlannedAndSumEverywhere(int nodes) {
    try (Cluster cluster = new Cluster(nodes)) {
      for (long step = 1; step <= 2; step++) {
        cluster.reduce(step);
        cluster.checkSums(step);
        assertEquals(cluster.placement.bytesSent(), cluster.sentBytes(), "step " + step);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "resnet50, 2",
    "resnet50, 4",
    "resnet50, 8",
    "alexnet, 2",
    "alexnet, 4",
    "alexnet, 8"
  })
  void shouldPlanTheBytesOfARing(String model, int nodes) {
    ModelSettings settings = new ModelSettings(model, 0, ConfigFactory.empty());
    var layout = Networks.build(settings, Networks.usualInput(model), 1000).layout();
    List<Slice> slices = Slice.cut(layout, 4 << 20);
    double bytes = 4.0 * slices.stream().mapToLong(Slice::count).sum();
    double ring = 2 * bytes * (nodes - 1) / nodes;
    for (long sent : new Placement(owners(dealt(64, nodes)), slices).bytesSent()) {
      assertEquals(ring, (double) sent, 0.05 * ring);
    }
  }

  @Test
  void shouldCountBytesOnlyOfWhatTravels() {
    assertEquals(List.of(0L), new Placement(List.of(0, 0), slices()).bytesSent());
  }

  private static List<LaneRange> dealt(int lanes, int nodes) {
    return LaneRange.deal(lanes, nodes);
  }

  private static List<Integer> owners(List<LaneRange> dealt) {
    return IntStream.range(0, dealt.size())
        .boxed()
        .flatMap(node -> IntStream.range(0, dealt.get(node).count()).mapToObj(lane -> node))
        .toList();
  }

  private static List<Slice> slices() {
    List<Slice> slices = new ArrayList<>();
    for (int from = 0; from < FLOATS; from += SLICE) {
      int count = Math.min(SLICE, FLOATS - from);
      slices.add(new Slice(slices.size(), LAYER, false, from, count, List.of()));
    }
    return slices;
  }

  /** A part on its way. */
  private record Part(
      Links.Kind kind, long step, int slice, TreeNode node, int offset, FloatBuffer values) {}

  private static final class Cluster implements AutoCloseable {
    private final List<Slice> slices = slices();
    private final List<LaneRange> dealt;
    private final Placement placement;
    private final List<Exchange> exchanges = new ArrayList<>();
    private final List<Deque<Part>> inboxes = new ArrayList<>();
    private final List<float[]> sums = new ArrayList<>();
    private final long[] sent;
    private int missing;

    private Cluster(int nodes) {
      dealt = dealt(LANES, nodes);
      placement = new Placement(owners(dealt), slices);
      sent = new long[nodes];
      for (int node = 0; node < nodes; node++) {
        inboxes.add(new ArrayDeque<>());
        sums.add(new float[FLOATS]);
        exchanges.add(exchange(node));
      }
    }

    private Exchange exchange(int self) {
      return new Exchange(
          self, LANES, slices, placement, new Sums(Wire.F32), links(self), outcome(self));
    }

    private Links links(int self) {
      return new Links() {
        @Override
        public int send(
            int to, Kind kind, long step, int slice, TreeNode node, FloatBuffer whole, int from) {
          if (inboxes.get(to).size() >= STREAM_CHUNKS * dealt.size()) {
            return 0;
          }
          float[] values = new float[Math.min(CHUNK, whole.capacity() - from)];
          whole.get(from, values);
          inboxes.get(to).add(new Part(kind, step, slice, node, from, FloatBuffer.wrap(values)));
          sent[self] += (long) values.length * Float.BYTES;
          return values.length;
        }

        @Override
        public int receive(Receiver receiver) {
          Part part = inboxes.get(self).poll();
          if (part == null) {
            return 0;
          }
          Values values = Values.of(part.values);
          receiver.part(part.kind, part.step, part.slice, part.node, part.offset, values);
          return 1;
        }
      };
    }

    private Exchange.Outcome outcome(int self) {
      return new Exchange.Outcome() {
        @Override
        public void whole(long step, Slice slice, FloatBuffer values) {
          values.get(0, sums.get(self), (int) slice.from(), slice.count());
        }

        @Override
        public void handedOn(long step, Slice slice) {
          missing--;
        }
      };
    }

    private void reduce(long step) {
      Arrays.fill(sent, 0);
      missing = slices.size() * dealt.size();
      for (int node = 0; node < dealt.size(); node++) {
        for (TreeNode block : dealt.get(node).blocks()) {
          exchanges.get(node).finished(step, LAYER, block, values(step, block));
        }
      }
      for (int turn = 0; missing > 0 && turn < 100_000; turn++) {
        exchanges.get(turn % dealt.size()).work();
      }
      assertEquals(0, missing);
      exchanges.forEach(exchange -> exchange.retire(step));
    }

    /** Value i of a lane is step · lane + i; all sums are exact. */
    private static FloatBuffer values(long step, TreeNode block) {
      long lanes =
          LongStream.range(block.firstLane(), block.firstLane() + block.lanes()).sum() * step;
      float[] values = new float[FLOATS];
      for (int i = 0; i < FLOATS; i++) {
        values[i] = lanes + (long) block.lanes() * i;
      }
      return FloatBuffer.wrap(values);
    }

    private void checkSums(long step) {
      FloatBuffer all = values(step, TreeNode.root(LANES));
      for (float[] sum : sums) {
        for (int i = 0; i < FLOATS; i++) {
          assertEquals(all.get(i), sum[i], "value " + i);
        }
      }
    }

    private List<Long> sentBytes() {
      return Arrays.stream(sent).boxed().toList();
    }

    @Override
    public void close() {
      exchanges.forEach(Exchange::close);
    }
  }
}
