package io.larch.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * The shapes into which the pairs of a corpus are padded, from the smallest to the greatest; each
 * is at least as long as the one before on both sides, so what fits into one fits into all after
 * it.
 */
public record Buckets(List<Bucket> shapes) {
  public Buckets {
    shapes = List.copyOf(shapes);
  }

  /**
   * The {@code count} shapes (fewer, if there are fewer lengths) that pad these pairs least, when a
   * pair is padded to the next bound on the longer of its sides; found by dynamic programming over
   * all bounds. A shape is then as short on each side as its pairs allow.
   */
  static Buckets choose(SentencePairs pairs, int count) {
    long[] histogram = new long[longest(pairs) + 1];
    for (int i = 0; i < pairs.size(); i++) {
      histogram[longer(pairs, i)]++;
    }
    List<Bucket> shapes = new ArrayList<>();
    for (int bound : bounds(histogram, count)) {
      shapes.add(tight(pairs, bound));
    }
    return new Buckets(shapes);
  }

  private static int longest(SentencePairs pairs) {
    int longest = 0;
    for (int i = 0; i < pairs.size(); i++) {
      longest = Math.max(longest, longer(pairs, i));
    }
    return longest;
  }

  private static int longer(SentencePairs pairs, int i) {
    return Math.max(pairs.sourceLength(i), pairs.targetLength(i));
  }

  private static List<Integer> bounds(long[] histogram, int count) {
    int longest = histogram.length - 1;
    long[] upTo = histogram.clone();
    Arrays.parallelPrefix(upTo, Long::sum);
    List<Fewest> fewest = new ArrayList<>(List.of(Fewest.withOneBound(upTo)));
    while (fewest.size() < count) {
      fewest.add(fewest.get(fewest.size() - 1).withOneMore(upTo));
    }
    Deque<Integer> bounds = new ArrayDeque<>(List.of(longest));
    for (int b = count - 1; b > 0; b--) {
      int below = fewest.get(b).below[bounds.getFirst()];
      if (below < bounds.getFirst()) {
        bounds.addFirst(below);
      }
    }
    return List.copyOf(bounds);
  }

  /** The best that some number of bounds can do. */
  private static final class Fewest {
    /** For each length k: when all pairs up to k are padded and k is the last bound. */
    final long[] positions;

    /** For each length k: the bound before it; k itself where one bound less is as good. */
    final int[] below;

    Fewest(long[] positions) {
      this.positions = positions;
      below = new int[positions.length];
    }

    static Fewest withOneBound(long[] upTo) {
      long[] positions = new long[upTo.length];
      Arrays.setAll(positions, k -> upTo[k] * k);
      return new Fewest(positions);
    }

    Fewest withOneMore(long[] upTo) {
      Fewest more = new Fewest(positions.clone());
      for (int k = 0; k < upTo.length; k++) {
        more.below[k] = k;
        for (int j = 0; j < k; j++) {
          long split = positions[j] + (upTo[k] - upTo[j]) * k;
          if (split < more.positions[k]) {
            more.positions[k] = split;
            more.below[k] = j;
          }
        }
      }
      return more;
    }
  }

  private static Bucket tight(SentencePairs pairs, int bound) {
    int source = 1;
    int target = 1;
    for (int i = 0; i < pairs.size(); i++) {
      if (longer(pairs, i) <= bound) {
        source = Math.max(source, pairs.sourceLength(i));
        target = Math.max(target, pairs.targetLength(i));
      }
    }
    return new Bucket(source, target);
  }

  /** These, and a last one for pairs that are longer, if there are any. */
  Buckets covering(SentencePairs pairs) {
    Bucket last = shapes.get(shapes.size() - 1);
    int source = last.source();
    int target = last.target();
    for (int i = 0; i < pairs.size(); i++) {
      source = Math.max(source, pairs.sourceLength(i));
      target = Math.max(target, pairs.targetLength(i));
    }
    List<Bucket> all = new ArrayList<>(shapes);
    if (!last.holds(source, target)) {
      all.add(new Bucket(source, target));
    }
    return new Buckets(all);
  }

  /** Number of the smallest shape with room for both sentences. */
  int of(int sourceLength, int targetLength) {
    for (int i = 0; i < shapes.size(); i++) {
      if (shapes.get(i).holds(sourceLength, targetLength)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "no bucket of %s holds %d+%d".formatted(shapes, sourceLength, targetLength));
  }

  /** Their number. */
  int size() {
    return shapes.size();
  }
}
