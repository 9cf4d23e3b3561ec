package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairStreamTest {
  private static final int PAIRS = 1003;
  private static final int LANES = 8;
  private static final int PER_LANE = 3;
  private static final int ROWS = 4;
  private static final int EPOCH = 251;
  private static final SentencePairs CORPUS = corpus(PAIRS);
  private static final Buckets BUCKETS = Buckets.choose(CORPUS, 5);

  /** Sentences of 0 to 29 words, translations of up to 9 words less or more; ids say which pair. */
  static SentencePairs corpus(int pairs) {
    RandomStream random = RandomStream.of(3, Purpose.BENCHMARK);
    int[][] sources = new int[pairs][];
    int[][] targets = new int[pairs][];
    for (int i = 0; i < pairs; i++) {
      int words = random.below(2L * i, 30);
      sources[i] = new int[words];
      targets[i] = new int[Math.max(0, words - 9 + random.below(2L * i + 1, 19))];
      Arrays.fill(sources[i], 4 + i);
      Arrays.fill(targets[i], 5 + i);
    }
    return new SentencePairs(sources, targets);
  }

  private static PairStream stream(long seed, int lanes, int perLane) {
    return new PairStream(CORPUS, BUCKETS, seed, lanes, perLane, ROWS);
  }

  private static List<PairBatch> batches(PairStream stream, long from, long count) {
    List<PairBatch> batches = new ArrayList<>();
    for (long i = from; i < from + count; i++) {
      batches.add(stream.read(i * ROWS));
    }
    return batches;
  }

  private static List<Integer> pairs(List<PairBatch> batches) {
    return batches.stream()
        .flatMapToInt(batch -> Arrays.stream(batch.pairs()))
        .filter(pair -> pair >= 0)
        .boxed()
        .toList();
  }

  @Test
  void shouldShowEveryPairOnceAnEpoch() {
    PairStream stream = stream(1, 1, 1);
    assertEquals(EPOCH * ROWS, stream.samplesPerEpoch());
    List<Integer> first = pairs(batches(stream, 0, EPOCH));
    List<Integer> second = pairs(batches(stream, EPOCH, EPOCH));
    List<Integer> all = IntStream.range(0, PAIRS).boxed().toList();
    assertEquals(all, first.stream().sorted().toList());
    assertEquals(all, second.stream().sorted().toList());
    assertNotEquals(first, second);
    assertNotEquals(first, pairs(batches(stream(2, 1, 1), 0, EPOCH)));
  }

  @Test
  void shouldHaveTheSameMicroBatchesInAStepHoweverItsLanesAreCounted() {
    int perStep = LANES * PER_LANE;
    for (long step = 0; step < 2 * EPOCH / perStep; step++) {
      List<Integer> expected = sorted(batches(stream(1, 1, 1), step * perStep, perStep));
      assertEquals(expected, sorted(batches(stream(1, LANES, PER_LANE), step * perStep, perStep)));
      assertEquals(expected, sorted(batches(stream(1, 2, 12), step * perStep, perStep)));
    }
  }

  private static List<Integer> sorted(List<PairBatch> batches) {
    return pairs(batches).stream().sorted().toList();
  }

  @Test
  void shouldNotDependOnTheOrderOfReading() {
    List<Long> positions =
        new ArrayList<>(IntStream.range(0, 3 * EPOCH).mapToObj(i -> (long) i * ROWS).toList());
    PairStream inOrder = stream(1, LANES, PER_LANE);
    List<PairBatch> expected = positions.stream().map(inOrder::read).toList();
    Collections.reverse(positions);
    PairStream backwards = stream(1, LANES, PER_LANE);
    for (long position : positions) {
      PairBatch batch = backwards.read(position);
      assertEquals(position, batch.first());
      assertArrayEquals(expected.get((int) (position / ROWS)).pairs(), batch.pairs());
    }
  }

  @Test
  void shouldCountTheTokensOfAStepWithoutReadingIt() {
    PairStream stream = stream(1, LANES, PER_LANE);
    int perStep = LANES * PER_LANE;
    for (long step = 1; step <= 25; step++) {
      long tokens =
          batches(stream, (step - 1) * perStep, perStep).stream()
              .mapToLong(PairBatch::targetTokens)
              .sum();
      assertEquals(tokens, stream.targetTokens(step), "step " + step);
    }
  }

  @Test
  void shouldPadLittle() {
    long words = 0;
    long positions = 0;
    for (PairBatch batch : batches(stream(1, 1, 1), 0, EPOCH)) {
      words +=
          Arrays.stream(batch.sourceLengths()).sum() + Arrays.stream(batch.targetLengths()).sum();
      positions += (long) batch.count() * batch.bucket().positions();
    }
    double padding = 1 - (double) words / positions;
    assertTrue(padding < 0.25, "padding " + padding);
  }

  @Test
  void shouldGiveEveryHalfAndQuarterOfTheLanesItsShareOfLongSentences() {
    PairStream stream = stream(1, LANES, PER_LANE);
    for (int block = 2; block <= LANES; block *= 2) {
      double[] positions = new double[LANES / block];
      for (long i = 0; i < 10 * LANES * PER_LANE; i++) {
        int lane = (int) (i / PER_LANE % LANES);
        positions[lane / block] += stream.read(i * ROWS).bucket().positions();
      }
      double mean = Arrays.stream(positions).average().orElseThrow();
      for (double share : positions) {
        assertEquals(1, share / mean, 0.04, "blocks of " + block);
      }
    }
  }

  @Test
  void shouldLayOutARowAsADecoderNeedsIt() {
    SentencePairs corpus =
        new SentencePairs(new int[][] {{7, 8}, {}}, new int[][] {{9, 10, 11}, {12}});
    PairBatch batch = new PairBatch(corpus, new int[] {0, 1, -1}, new Bucket(4, 5), 6);
    assertArrayEquals(new int[] {7, 8, 2, 0, 2, 0, 0, 0, 2, 0, 0, 0}, batch.source());
    assertArrayEquals(new int[] {3, 1, 1}, batch.sourceLengths());
    assertArrayEquals(new int[] {1, 9, 10, 11, 0, 1, 12, 0, 0, 0, 1, 0, 0, 0, 0}, batch.target());
    assertArrayEquals(
        new int[] {9, 10, 11, 2, -1, 12, 2, -1, -1, -1, -1, -1, -1, -1, -1}, batch.labels());
    assertArrayEquals(new int[] {4, 2, 1}, batch.targetLengths());
    assertEquals(6, batch.targetTokens());
  }

  @Test
  void shouldReadATestCorpusWholeEvenItsLongestSentence() {
    SentencePairs test =
        new SentencePairs(new int[][] {{4}, new int[60], {5, 6}}, new int[][] {{4}, {5}, {6}});
    EvaluationPairs pairs = new EvaluationPairs(test, BUCKETS, 2);
    assertEquals(2, pairs.batches());
    assertArrayEquals(new int[] {0, 2}, pairs.read(0).pairs());
    assertArrayEquals(new int[] {1, -1}, pairs.read(1).pairs());
    assertEquals(61, pairs.read(1).bucket().source());
    assertEquals(6, pairs.targetTokens());
  }
}
