package io.larch.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Wire;
import io.larch.optim.Bfloat16;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The promise of the tree: the same bits whoever sums which lanes and whatever comes first. */
class CanonicalTreeTest {
  private static final int LENGTH = 5000;

  @ParameterizedTest
  @EnumSource(Wire.class)
  void shouldGiveTheSameBitsForAnyDealAndAnyOrderOfArrival(Wire wire) {
    for (int lanes = 1; lanes <= 32; lanes *= 2) {
      float[] expected = recursive(lanes, wire, TreeNode.root(lanes));
      for (int devices = 1; devices <= lanes + 1; devices++) {
        for (int seed = 0; seed < 4; seed++) {
          assertArrayEquals(expected, reduced(lanes, devices, wire, new Random(seed)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void shouldDifferFromAPlainSumSoThatTheTestCanFail(Wire wire) {
    float[] plain = gradient(0);
    for (int lane = 1; lane < 32; lane++) {
      float[] next = gradient(lane);
      for (int i = 0; i < LENGTH; i++) {
        plain[i] += next[i];
      }
    }
    float[] tree = recursive(32, wire, TreeNode.root(32));
    int different = 0;
    for (int i = 0; i < LENGTH; i++) {
      different += plain[i] == tree[i] ? 0 : 1;
    }
    assertTrue(different > LENGTH / 10, "only " + different + " values differ");
  }

  /** Values of very different size, so that the order of additions shows. */
  private static float[] gradient(int lane) {
    RandomStream stream = RandomStream.of(7, Purpose.BENCHMARK).at(lane);
    float[] values = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      values[i] = (float) (stream.gaussian(i) * Math.pow(10, stream.below(9_999_000L + i, 6)));
    }
    return values;
  }

  /** The definition: left + right, each rounded to the wire type first. */
  private static float[] recursive(int lanes, Wire wire, TreeNode node) {
    if (node.level() == 0) {
      return gradient(node.index());
    }
    float[] left = recursive(lanes, wire, new TreeNode(node.level() - 1, 2 * node.index()));
    float[] right = recursive(lanes, wire, new TreeNode(node.level() - 1, 2 * node.index() + 1));
    float[] sum = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      sum[i] = onWire(left[i], wire) + onWire(right[i], wire);
    }
    return sum;
  }

  private static float onWire(float value, Wire wire) {
    return wire == Wire.BF16 ? Bfloat16.round(value) : value;
  }

  private record Finished(TreeNode block, FloatBuffer sum) {}

  private static float[] reduced(int lanes, int devices, Wire wire, Random order) {
    Sums sums = new Sums(wire);
    List<Finished> finished = new ArrayList<>();
    for (LaneRange range : LaneRange.deal(lanes, devices)) {
      finished.addAll(onDevice(DevicePlan.of(Lanes.of(range)), sums));
    }
    Collections.shuffle(finished, order);
    Slice slice = new Slice(0, "layer", false, 0, LENGTH, List.of());
    Placement alone = new Placement(Collections.nCopies(lanes, 0), List.of(slice));
    Whole whole = new Whole();
    SliceSum sum = new SliceSum(0, lanes, slice, alone, sums, () -> null, whole);
    for (Finished block : finished) {
      assertNull(whole.values, "complete before the last block");
      sum.finished(block.block(), block.sum());
    }
    float[] result = new float[LENGTH];
    whole.values.get(0, result);
    return result;
  }

  private static final class Whole implements SliceSum.Outcome {
    private FloatBuffer values;

    @Override
    public void up(TreeNode node, FloatBuffer sum) {
      throw new AssertionError("a single node has nobody to send " + node + " to");
    }

    @Override
    public void whole(FloatBuffer sum) {
      values = sum;
    }
  }

  private static List<Finished> onDevice(DevicePlan plan, Sums sums) {
    List<FloatBuffer> slots = new ArrayList<>();
    for (int i = 0; i < plan.slots(); i++) {
      slots.add(FloatBuffer.allocate(LENGTH));
    }
    List<Finished> finished = new ArrayList<>();
    for (DevicePlan.LaneStep lane : plan.lanes()) {
      slots.get(lane.slot()).put(0, gradient(lane.lane()));
      lane.merges().forEach(m -> sums.add(slots.get(m.left()), slots.get(m.right())));
      lane.block().ifPresent(b -> finished.add(new Finished(b, slots.get(lane.blockSlot()))));
    }
    return finished;
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void shouldNeedAtMostLogarithmicallyManySlotsForAWholeRun(Wire wire) {
    for (int level = 0; level <= 10; level++) {
      assertEquals(
          level + 1, DevicePlan.of(Lanes.of(new LaneRange(0, 1 << level))).slots(), wire.name());
    }
  }
}
