package io.larch.reduce;

import io.larch.compute.FloatBlock;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory for partial sums that arrive before this node's own half is ready; taken for a step, used
 * again after it. Grows to what one step and the beginning of the next need.
 */
final class Landings implements AutoCloseable {
  private record Lent(long step, FloatBlock block) {}

  private final Map<Integer, Deque<FloatBlock>> free = new HashMap<>();
  private final List<Lent> lent = new ArrayList<>();

  /** Room for so many values until the step is over. */
  FloatBuffer take(long step, int count) {
    Deque<FloatBlock> fitting = free.computeIfAbsent(count, none -> new ArrayDeque<>());
    FloatBlock block = fitting.isEmpty() ? FloatBlock.allocate(count) : fitting.pop();
    lent.add(new Lent(step, block));
    return block.view(0, count);
  }

  /** Takes back what was lent for steps up to this one. */
  void release(long step) {
    lent.stream().filter(l -> l.step <= step).forEach(l -> giveBack(l.block));
    lent.removeIf(l -> l.step <= step);
  }

  private void giveBack(FloatBlock block) {
    free.get(Math.toIntExact(block.floats())).push(block);
  }

  @Override
  public void close() {
    release(Long.MAX_VALUE);
    free.values().forEach(blocks -> blocks.forEach(FloatBlock::close));
    free.clear();
  }
}
