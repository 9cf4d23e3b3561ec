package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private static SentencePairs lengths(int... words) {
    int[][] sentences = new int[words.length][];
    for (int i = 0; i < words.length; i++) {
      sentences[i] = new int[words[i]];
    }
    return new SentencePairs(sentences, sentences);
  }

  private static int positions(List<Bucket> shapes, int... words) {
    Buckets buckets = new Buckets(shapes);
    int positions = 0;
    for (int length : words) {
      positions += shapes.get(buckets.of(length + 1, length + 1)).positions();
    }
    return positions;
  }

  /** All subsets of the lengths as bounds, the longest always among them. */
  @Test
  void shouldPadAsLittleAsAnyChoiceOfBounds() {
    int[] words = {3, 3, 3, 4, 7, 8, 8, 11, 12, 12, 12, 19, 20, 24};
    List<Integer> lengths =
        new ArrayList<>(new TreeSet<>(java.util.Arrays.stream(words).boxed().toList()));
    for (int count = 1; count <= 4; count++) {
      int least = Integer.MAX_VALUE;
      for (int subset = 0; subset < 1 << (lengths.size() - 1); subset++) {
        if (Integer.bitCount(subset) == count - 1) {
          List<Bucket> shapes = new ArrayList<>();
          for (int i = 0; i < lengths.size(); i++) {
            if ((subset >> i & 1) == 1 || i == lengths.size() - 1) {
              shapes.add(new Bucket(lengths.get(i) + 1, lengths.get(i) + 1));
            }
          }
          least = Math.min(least, positions(shapes, words));
        }
      }
      List<Bucket> chosen = Buckets.choose(lengths(words), count).shapes();
      assertEquals(count, chosen.size());
      assertEquals(least, positions(chosen, words), count + " buckets: " + chosen);
    }
  }

  @Test
  void shouldHaveNoMoreBucketsThanLengths() {
    assertEquals(
        List.of(new Bucket(3, 3), new Bucket(6, 6)), Buckets.choose(lengths(2, 5, 5), 7).shapes());
  }

  @Test
  void shouldBeAsShortOnEachSideAsItsPairsAllow() {
    SentencePairs pairs =
        new SentencePairs(
            new int[][] {new int[2], new int[9]}, new int[][] {new int[4], new int[6]});
    assertEquals(List.of(new Bucket(3, 5), new Bucket(10, 7)), Buckets.choose(pairs, 2).shapes());
  }

  @Test
  void shouldHoldInALaterShapeWhatAnEarlierHolds() {
    List<Bucket> shapes = Buckets.choose(PairStreamTest.corpus(500), 6).shapes();
    for (int i = 1; i < shapes.size(); i++) {
      Bucket before = shapes.get(i - 1);
      assertTrue(shapes.get(i).holds(before.source(), before.target()), shapes.toString());
    }
  }
}
