package io.larch.compute;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Places buffers in one block so that two share memory only if their lifetimes do not meet. Greedy
 * by size (Pisarchyk and Lee 2020, "Efficient memory management for deep neural net inference",
 * section 5.2): the largest first, each into the smallest gap that holds it.
 */
final class MemoryPlan {
  private static final long ALIGNMENT = 64;

  /** A buffer in use from the first to the last instruction, both included. */
  record Lifetime(long bytes, int first, int last) {
    boolean meets(Lifetime other) {
      return first <= other.last && other.first <= last;
    }
  }

  private final List<Lifetime> lifetimes;
  private final long[] offsets;
  private long bytes;

  MemoryPlan(List<Lifetime> lifetimes) {
    this.lifetimes = List.copyOf(lifetimes);
    offsets = new long[lifetimes.size()];
    List<Integer> placed = new ArrayList<>();
    for (int index : largestFirst()) {
      offsets[index] = place(index, placed);
      bytes = Math.max(bytes, end(index));
      placed.add(index);
      placed.sort(Comparator.comparingLong(each -> offsets[each]));
    }
  }

  /** Where a buffer begins, a multiple of 64 bytes. */
  long offset(int index) {
    return offsets[index];
  }

  /** Length of the block. */
  long bytes() {
    return bytes;
  }

  private List<Integer> largestFirst() {
    return IntStream.range(0, lifetimes.size())
        .boxed()
        .sorted(Comparator.comparingLong(index -> -lifetimes.get(index).bytes()))
        .toList();
  }

  private long place(int index, List<Integer> placed) {
    long best = -1;
    long bestGap = Long.MAX_VALUE;
    long free = 0;
    for (int other : placed) {
      if (lifetimes.get(index).meets(lifetimes.get(other))) {
        long gap = offsets[other] - free;
        if (gap >= lifetimes.get(index).bytes() && gap < bestGap) {
          best = free;
          bestGap = gap;
        }
        free = Math.max(free, end(other));
      }
    }
    return best >= 0 ? best : free;
  }

  private long end(int index) {
    return offsets[index] + (lifetimes.get(index).bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
