package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.BeamSettings;
import io.larch.config.Precision;
import io.larch.data.Bucket;
import io.larch.data.PairBatch;
import io.larch.translate.BeamSearch;
import io.larch.translate.Hypothesis;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TranslationDecodingTest {
  private static final int BEAM = 3;
  private static final BeamSettings SEARCH = new BeamSettings(BEAM, 0.6, 0.1);
  private static final int[][] SOURCES = {{4, 9, 7}, {5}, {}, {10, 4, 4, 8, 6, 5}};
  private static final PairTrial TRIAL =
      new PairTrial(PairTrial.gnmt("layers = 3, units = 8, dropout = 0.3"));
  private static final Device DEVICE = Devices.cpu(0, 1);

  @AfterAll
  static void close() {
    DEVICE.close();
  }

  @Test
  void shouldScoreTranslationsAsTheTrainedProgramsDo() {
    shouldAgree(Precision.F32, 1e-4);
    shouldAgree(Precision.BF16, 0.05);
  }

  private static void shouldAgree(Precision precision, double tolerance) {
    List<Hypothesis> found = search(precision, SOURCES.length, List.of(3, 7), SOURCES);
    assertTrue(found.stream().anyMatch(each -> each.words().size() > 2), found.toString());
    for (int i = 0; i < SOURCES.length; i++) {
      double forced = forced(precision, SOURCES[i], found.get(i).ids());
      assertEquals(forced, found.get(i).logProbability(), tolerance * (1 + Math.abs(forced)));
    }
  }

  private static List<Hypothesis> search(
      Precision precision, int together, List<Integer> lengths, int[]... sources) {
    return DEVICE
        .submit(
            () -> {
              try (FloatBlock weights = TRIAL.weightBlock();
                  TranslationDecoding decoding =
                      DEVICE.compileDecoding(TRIAL.network, together, BEAM, lengths, precision)) {
                decoding.pack(weights);
                return new BeamSearch(decoding, SEARCH).search(sources);
              }
            })
        .join();
  }

  /** The log-probability of a translation of which each word is given when the next is asked. */
  private static double forced(Precision precision, int[] source, int[] translation) {
    Bucket bucket = new Bucket(source.length + 1, translation.length + 1);
    PairBatch pair = PairBatch.of(new int[][] {source}, new int[][] {translation}, bucket, 0);
    return DEVICE
        .submit(
            () -> {
              try (FloatBlock weights = TRIAL.weightBlock();
                  TranslationInference inference =
                      DEVICE.compileTranslationLoss(TRIAL.network, 1, List.of(bucket), precision)) {
                inference.pack(weights);
                return -inference.evaluate(pair).lossSum();
              }
            })
        .join();
  }

  @Test
  void shouldNotDependOnPaddingNorOnTheSentencesBeside() {
    List<Hypothesis> together = search(Precision.F32, 6, List.of(9), SOURCES);
    List<Hypothesis> alone = new ArrayList<>();
    for (int[] source : SOURCES) {
      alone.addAll(search(Precision.F32, 1, List.of(2, 4, 7), source));
    }
    IntStream.range(0, SOURCES.length)
        .forEach(i -> assertEquals(alone.get(i).words(), together.get(i).words()));
  }

  @Test
  void shouldAttendToTheWordsOfTheSentenceAlone() {
    float[] shares =
        DEVICE
            .submit(
                () -> {
                  try (FloatBlock weights = TRIAL.weightBlock();
                      TranslationDecoding decoding =
                          DEVICE.compileDecoding(TRIAL.network, 2, 2, List.of(5), Precision.F32)) {
                    decoding.pack(weights);
                    decoding.read(new int[][] {{4, 5}, {6, 7, 8, 9}});
                    decoding.say(new int[] {0, 1, 2, 3}, new int[] {1, 1, 1, 1});
                    float[] copy = new float[4 * decoding.longest()];
                    decoding.attention().get(0, copy);
                    return copy;
                  }
                })
            .join();
    for (int row = 0; row < 4; row++) {
      double sum = 0;
      for (int i = 0; i < 5; i++) {
        boolean inside = i < (row < 2 ? 3 : 5);
        assertEquals(inside, shares[row * 5 + i] > 0);
        sum += shares[row * 5 + i];
      }
      assertEquals(1, sum, 1e-6);
    }
  }

  @Test
  void shouldFreeAllMemory() {
    long before = FloatBlock.liveBytes();
    search(Precision.BF16, 2, List.of(3, 5), SOURCES[0], SOURCES[1]);
    assertEquals(before, FloatBlock.liveBytes());
  }
}
