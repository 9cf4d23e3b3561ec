package io.larch.data;

import io.larch.random.RandomStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One permutation of 0 … n − 1 an epoch, shuffled by Fisher and Yates from the inside out (Knuth,
 * The Art of Computer Programming, volume 2, algorithm P, run forwards). The few used last are
 * kept, because readers move on together and cross the joint of two epochs at slightly different
 * times. Safe for many threads.
 */
final class Permutations {
  private static final int KEPT = 3;

  private final int size;
  private final RandomStream random;
  private final Map<Long, int[]> kept = new LinkedHashMap<>(8, 0.75f, true);

  Permutations(int size, RandomStream random) {
    this.size = size;
    this.random = random;
  }

  /** The order of an epoch; callers must not write. */
  synchronized int[] of(long epoch) {
    int[] order = kept.computeIfAbsent(epoch, this::shuffled);
    if (kept.size() > KEPT) {
      kept.remove(kept.keySet().iterator().next());
    }
    return order;
  }

  private int[] shuffled(long epoch) {
    RandomStream stream = random.at(epoch);
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int other = stream.below(i, i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
