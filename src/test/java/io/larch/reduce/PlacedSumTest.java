package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Wire;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The same sum, bit for bit, wherever its parts are formed and in whatever order they arrive. */
class PlacedSumTest {
  private static final int LANES = 8;
  private static final int LENGTH = 300;

  /** Owners of the eight lanes; also such as are left when a node was lost and its lanes dealt. */
  private static final List<List<Integer>> OWNERS =
      List.of(
          List.of(0, 0, 0, 0, 1, 1, 1, 1),
          List.of(0, 0, 1, 1, 2, 2, 3, 3),
          List.of(0, 0, 0, 1, 1, 1, 2, 2),
          List.of(0, 1, 2, 3, 4, 5, 6, 7),
          List.of(0, 0, 1, 1, 0, 0, 2, 1));

  @ParameterizedTest
  @EnumSource(Wire.class)
  void shouldNotDependOnOwnersRootsOrOrder(Wire wire) {
    float[] alone =
        new Exchange(Collections.nCopies(LANES, 0), slice(0), wire, new Random(0)).sum();
    for (List<Integer> owners : OWNERS) {
      for (int seed = 0; seed < 20; seed++) {
        float[] placed = new Exchange(owners, slice(seed), wire, new Random(seed)).sum();
        assertArrayEquals(alone, placed, owners + " seed " + seed);
      }
    }
  }

  @Test
  void shouldTakeRepeatedValuesOnceAndRefuseAGap() {
    Placement placement = new Placement(List.of(0, 1), List.of(slice(0)));
    int root = placement.root(slice(0));
    FloatBuffer[] whole = new FloatBuffer[1];
    SliceSum sum =
        new SliceSum(
            root,
            2,
            slice(0),
            placement,
            new Sums(Wire.F32),
            () -> FloatBuffer.allocate(LENGTH),
            new SliceSum.Outcome() {
              @Override
              public void up(TreeNode node, FloatBuffer values) {
                throw new AssertionError("the root sends nothing up");
              }

              @Override
              public void whole(FloatBuffer values) {
                whole[0] = values;
              }
            });
    TreeNode remote = TreeNode.lane(1 - root);
    assertTrue(sum.arrived(remote, 0, Values.of(filled(100))));
    assertFalse(sum.arrived(remote, 0, Values.of(filled(100))));
    assertThrows(
        IllegalStateException.class, () -> sum.arrived(remote, 200, Values.of(filled(100))));
    sum.finished(TreeNode.lane(root), filled(LENGTH));
    assertTrue(sum.arrived(remote, 100, Values.of(filled(200))));
    float[] result = new float[LENGTH];
    whole[0].get(0, result);
    float[] twos = new float[LENGTH];
    Arrays.fill(twos, 2);
    assertArrayEquals(twos, result);
  }

  @ParameterizedTest
  @CsvSource({"2", "4", "8"})
  void shouldSpreadTrafficAsEvenlyAsARing(int nodes) {
    List<Slice> slices = slices(25_557_032);
    long bytes = 4L * 25_557_032;
    List<Integer> owners = IntStream.range(0, 64).map(l -> l * nodes / 64).boxed().toList();
    double ring = 2.0 * bytes * (nodes - 1) / nodes;
    for (long sent : new Placement(owners, slices).bytesSent()) {
      assertEquals(ring, (double) sent, 0.05 * ring);
    }
  }

  @Test
  void shouldCountTheBytesThatItsHopsSend() {
    List<Integer> owners = OWNERS.get(2);
    List<Slice> slices = slices(3_000_000);
    Placement placement = new Placement(owners, slices);
    long total = placement.bytesSent().stream().mapToLong(Long::longValue).sum();
    long partials = 0;
    for (Slice slice : slices) {
      assertEquals(2, placement.route(slice).size(), "every node but the root is handed the sum");
      for (int level = 0; level < 3; level++) {
        for (int index = 0; index < LANES >> level; index++) {
          TreeNode node = new TreeNode(level, index);
          boolean moves = placement.holder(node, slice) != placement.holder(node.parent(), slice);
          partials += moves ? 4L * slice.count() : 0;
        }
      }
    }
    assertEquals(total, partials + 2 * 4L * 3_000_000);
  }

  private static FloatBuffer filled(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return FloatBuffer.wrap(ones);
  }

  private static List<Slice> slices(int floats) {
    List<Slice> slices = new ArrayList<>();
    for (int from = 0; from < floats; from += 1 << 20) {
      int count = Math.min(1 << 20, floats - from);
      slices.add(new Slice(slices.size(), "layer", false, from, count, List.of()));
    }
    return slices;
  }

  private static Slice slice(int id) {
    return new Slice(id, "layer", false, 0, LENGTH, List.of());
  }

  /** All nodes of a cluster in one thread, with messages that a seed delays and cuts. */
  private static final class Exchange {
    private final List<Integer> owners;
    private final Slice slice;
    private final Wire wire;
    private final Random random;
    private final Placement placement;
    private final List<SliceSum> nodes = new ArrayList<>();
    private final List<Deque<Runnable>> channels = new ArrayList<>();
    private FloatBuffer whole;

    private Exchange(List<Integer> owners, Slice slice, Wire wire, Random random) {
      this.owners = owners;
      this.slice = slice;
      this.wire = wire;
      this.random = random;
      // Other slices before it make the choice of root lanes differ.
      placement =
          new Placement(
              owners, IntStream.rangeClosed(0, slice.id()).mapToObj(PlacedSumTest::slice).toList());
      for (int node = 0; node < placement.nodes(); node++) {
        nodes.add(node(node));
      }
    }

    private SliceSum node(int self) {
      return new SliceSum(
          self,
          LANES,
          slice,
          placement,
          new Sums(wire),
          () -> FloatBuffer.allocate(LENGTH),
          new SliceSum.Outcome() {
            @Override
            public void up(TreeNode node, FloatBuffer values) {
              send(node, values);
            }

            @Override
            public void whole(FloatBuffer values) {
              whole = values;
            }
          });
    }

    private void send(TreeNode node, FloatBuffer values) {
      SliceSum to = nodes.get(placement.holder(node.parent(), slice));
      Deque<Runnable> channel = new ArrayDeque<>();
      for (int at = 0; at < LENGTH; ) {
        int from = at;
        float[] part = new float[1 + random.nextInt(LENGTH - at)];
        values.get(at, part);
        channel.add(() -> to.arrived(node, from, Values.of(FloatBuffer.wrap(part))));
        at += part.length;
      }
      channels.add(channel);
    }

    private float[] sum() {
      for (int lane = 0; lane < LANES; lane++) {
        TreeNode leaf = TreeNode.lane(lane);
        SliceSum owner = nodes.get(owners.get(lane));
        FloatBuffer values = FloatBuffer.wrap(gradient(lane));
        channels.add(new ArrayDeque<>(List.of(() -> owner.finished(leaf, values))));
      }
      while (!channels.isEmpty()) {
        Deque<Runnable> next = channels.get(random.nextInt(channels.size()));
        next.remove().run();
        if (next.isEmpty()) {
          channels.remove(next);
        }
      }
      float[] result = new float[LENGTH];
      whole.get(0, result);
      return result;
    }
  }

  private static float[] gradient(int lane) {
    RandomStream stream = RandomStream.of(7, Purpose.BENCHMARK).at(lane);
    float[] values = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      values[i] = (float) (stream.gaussian(i) * Math.pow(10, stream.below(9_999_000L + i, 6)));
    }
    return values;
  }
}
