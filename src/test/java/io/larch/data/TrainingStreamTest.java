package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrainingStreamTest {
  private static final int SIZE = 101;
  private static final int FLOATS = 2 * 6 * 5;
  private static final long SEED = 7;

  private final DataSet data = Samples.numbered(SIZE, 9, 2, 6, 5);

  private TrainingStream stream(long seed, int padCrop, boolean flip) {
    return new TrainingStream(data, Samples.identity(2), seed, padCrop, flip);
  }

  private int[] epoch(TrainingStream stream, int epoch) {
    return IntStream.range(0, SIZE).map(i -> stream.index((long) epoch * SIZE + i)).toArray();
  }

  @Test
  void shouldVisitEverySampleOnceInEachEpoch() {
    TrainingStream stream = stream(SEED, 0, false);
    for (int e = 0; e < 10; e++) {
      int[] sorted = epoch(stream, e);
      Arrays.sort(sorted);
      assertArrayEquals(IntStream.range(0, SIZE).toArray(), sorted);
    }
  }

  @Test
  void shouldOrderEachEpochAndEachSeedAnew() {
    TrainingStream stream = stream(SEED, 0, false);
    assertFalse(Arrays.equals(epoch(stream, 0), epoch(stream, 1)));
    assertFalse(Arrays.equals(epoch(stream, 0), epoch(stream(SEED + 1, 0, false), 0)));
    assertArrayEquals(epoch(stream, 4), epoch(stream(SEED, 2, true), 4));
  }

  @Test
  void shouldPutEverySampleAtEveryPlaceEquallyOften() {
    int size = 5;
    double rounds = 20_000;
    Permutations permutations = new Permutations(size, RandomStream.of(1, Purpose.SAMPLE_ORDER));
    int[][] counts = new int[size][size];
    for (int e = 0; e < rounds; e++) {
      int[] order = permutations.of(e);
      for (int place = 0; place < size; place++) {
        counts[place][order[place]]++;
      }
    }
    for (int[] place : counts) {
      for (int count : place) {
        assertEquals(rounds / size, count, 5 * Math.sqrt(rounds / size * 0.8));
      }
    }
  }

  @Test
  void shouldGiveTheSameOrderOnEveryMachine() {
    int[] begin = Arrays.copyOf(epoch(stream(SEED, 0, false), 0), 8);
    assertArrayEquals(new int[] {63, 69, 35, 87, 42, 70, 74, 20}, begin);
  }

  @Test
  void shouldReturnToAnEpochLeftLongAgo() {
    TrainingStream stream = stream(SEED, 0, false);
    int[] before = epoch(stream, 0);
    for (int e = 1; e < 9; e++) {
      assertNotEquals(-1, stream.index((long) e * SIZE));
    }
    assertArrayEquals(before, epoch(stream, 0));
  }

  @Test
  void shouldReadTheSameSamplesInPiecesOfAnySize() {
    int count = 3 * SIZE + 10;
    TrainingStream whole = stream(SEED, 2, true);
    float[] expected = Samples.read(whole, 5, count, FLOATS);
    int[] expectedLabels = Samples.labels(whole, 5, count, FLOATS);
    for (int piece : new int[] {1, 7, 64}) {
      TrainingStream stream = stream(SEED, 2, true);
      for (int at = 0; at < count; at += piece) {
        int length = Math.min(piece, count - at);
        assertArrayEquals(
            Arrays.copyOfRange(expected, at * FLOATS, (at + length) * FLOATS),
            Samples.read(stream, 5 + at, length, FLOATS));
        assertArrayEquals(
            Arrays.copyOfRange(expectedLabels, at, at + length),
            Samples.labels(stream, 5 + at, length, FLOATS));
      }
    }
  }

  @Test
  void shouldReadTheSameSamplesFromManyThreads() {
    TrainingStream stream = stream(SEED, 1, true);
    float[] expected = Samples.read(stream, 0, 10 * SIZE, FLOATS);
    IntStream.range(0, 10 * SIZE)
        .parallel()
        .forEach(
            p ->
                assertArrayEquals(
                    Arrays.copyOfRange(expected, p * FLOATS, (p + 1) * FLOATS),
                    Samples.read(stream, p, 1, FLOATS)));
  }

  @Test
  void shouldAgreeWithTheDefinitionOfCropAndFlipPixelByPixel() {
    int pad = 3;
    TrainingStream stream = stream(SEED, pad, true);
    float[] read = Samples.read(stream, 0, 2 * SIZE, FLOATS);
    int at = 0;
    for (int p = 0; p < 2 * SIZE; p++) {
      byte[] pixels = Samples.pixels(data, stream.index(p));
      RandomStream random = RandomStream.of(SEED, Purpose.AUGMENTATION).at(p);
      int top = random.below(0, 2 * pad + 1);
      int left = random.below(1, 2 * pad + 1);
      boolean flip = random.below(2, 2) == 1;
      for (int c = 0; c < 2; c++) {
        for (int y = 0; y < 6; y++) {
          for (int x = 0; x < 5; x++) {
            int padded = padded(pixels, c, y + top - pad, (flip ? 4 - x : x) + left - pad);
            assertEquals(padded, read[at++], 1e-3f);
          }
        }
      }
    }
  }

  private static int padded(byte[] pixels, int c, int y, int x) {
    boolean inside = y >= 0 && y < 6 && x >= 0 && x < 5;
    return inside ? pixels[(c * 6 + y) * 5 + x] & 0xFF : 0;
  }

  @Test
  void shouldPadWithNormalisedBlack() {
    DataSet white = new PicturesInMemory(1, 1, 1, 1, 1, new byte[] {-1}, new byte[] {0});
    Normalisation half = new Normalisation(List.of(new Normalisation.Channel(0.5, 0.25)));
    TrainingStream stream = new TrainingStream(white, half, SEED, 1, false);
    float[] values = Samples.read(stream, 0, 900, 1);
    long whites = IntStream.range(0, 900).filter(i -> values[i] == 2f).count();
    long blacks = IntStream.range(0, 900).filter(i -> values[i] == -2f).count();
    assertEquals(900, whites + blacks);
    assertEquals(100.0, (double) whites, 5 * Math.sqrt(900 * 8 / 81.0));
  }

  @Test
  void shouldMirrorHalfOfTheSamplesIndependentlyOfTheCrop() {
    byte[] dots = new byte[9 * 9];
    for (int i = 0; i < dots.length; i++) {
      dots[i] = (byte) (i + 1);
    }
    DataSet one = new PicturesInMemory(1, 1, 1, 9, 9, dots, new byte[] {0});
    int draws = 18_000;
    TrainingStream stream = new TrainingStream(one, Samples.identity(1), SEED, 1, true);
    float[] read = Samples.read(stream, 0, draws, 81);
    int[] counts = new int[18];
    for (int p = 0; p < draws; p++) {
      int centre = Math.round(read[p * 81 + 40]) - 1;
      int mirrored = read[p * 81 + 39] > read[p * 81 + 41] ? 1 : 0;
      counts[2 * (3 * (centre / 9 - 3) + centre % 9 - 3) + mirrored]++;
    }
    for (int count : counts) {
      assertEquals(1000, count, 5 * Math.sqrt(1000));
    }
  }

  @Test
  void shouldAugmentASampleAnewInEachEpochAndForEachSeed() {
    DataSet one = Samples.numbered(1, 1, 1, 6, 5);
    float[] all = Samples.read(new TrainingStream(one, Samples.identity(1), 1, 2, true), 0, 40, 30);
    float[] other =
        Samples.read(new TrainingStream(one, Samples.identity(1), 2, 2, true), 0, 40, 30);
    assertFalse(Arrays.equals(all, other));
    long distinct =
        IntStream.range(0, 40)
            .mapToObj(p -> Arrays.toString(Arrays.copyOfRange(all, p * 30, p * 30 + 30)))
            .distinct()
            .count();
    assertTrue(distinct > 20, distinct + " different pictures");
  }
}
