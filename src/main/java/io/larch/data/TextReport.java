package io.larch.data;

import io.larch.text.Vocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a corpus of sentence pairs holds.
 *
 * @param pairs that are used
 * @param empty pairs left out because a side has no word
 * @param tooLong pairs left out because a side is too long
 * @param source about the sources
 * @param target about the translations
 * @param unknown subwords of the test pairs that are not in the vocabulary
 * @param shapes that micro-batches are padded to
 */
public record TextReport(
    int pairs,
    int empty,
    int tooLong,
    Lengths source,
    Lengths target,
    int testPairs,
    long unknown,
    int vocabulary,
    int merges,
    List<Shape> shapes) {
  /** Subwords of sentences, without marks. */
  public record Lengths(int least, int median, int greatest, long sum) {
    static Lengths of(IntStream lengths) {
      int[] sorted = lengths.sorted().toArray();
      return new Lengths(
          sorted[0],
          sorted[sorted.length / 2],
          sorted[sorted.length - 1],
          Arrays.stream(sorted).asLongStream().sum());
    }
  }

  /**
   * A bucket and the training pairs that belong in it.
   *
   * @param padding share of its positions that are padding
   */
  public record Shape(Bucket bucket, int pairs, double padding) {}

  public TextReport {
    shapes = List.copyOf(shapes);
  }

  static long unknown(SentencePairs pairs) {
    return IntStream.range(0, pairs.size())
        .flatMap(
            i -> IntStream.concat(Arrays.stream(pairs.source(i)), Arrays.stream(pairs.target(i))))
        .filter(id -> id == Vocabulary.UNKNOWN)
        .count();
  }

  static List<Shape> shapes(SentencePairs pairs, Buckets buckets) {
    int[] counts = new int[buckets.size()];
    long[] filled = new long[buckets.size()];
    for (int i = 0; i < pairs.size(); i++) {
      int bucket = buckets.of(pairs.sourceLength(i), pairs.targetLength(i));
      counts[bucket]++;
      filled[bucket] += pairs.sourceLength(i) + pairs.targetLength(i);
    }
    return IntStream.range(0, counts.length)
        .mapToObj(
            b -> {
              Bucket bucket = buckets.shapes().get(b);
              double positions = Math.max(1.0, (double) counts[b] * bucket.positions());
              return new Shape(bucket, counts[b], counts[b] == 0 ? 0 : 1 - filled[b] / positions);
            })
        .toList();
  }

  /** Share of all positions that are padding, when every pair stands in its own bucket. */
  public double padding() {
    double positions =
        shapes.stream().mapToDouble(s -> (double) s.pairs * s.bucket.positions()).sum();
    double padding =
        shapes.stream().mapToDouble(s -> s.padding * s.pairs * s.bucket.positions()).sum();
    return padding / positions;
  }

  /** What a user should know before the run starts. */
  List<String> remarks() {
    return empty + tooLong == 0
        ? List.of()
        : List.of(
            "%d of %d training pairs are left out: %d with an empty side, %d that are too long"
                .formatted(empty + tooLong, pairs + empty + tooLong, empty, tooLong));
  }
}
