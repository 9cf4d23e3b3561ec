package io.larch.translate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.BeamSettings;
import io.larch.text.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BeamSearchTest {
  private static final int[][] SOURCES = {{4, 5, 6}, {}, {6, 6, 5, 4, 4}};
  private static final int MOST = 4;

  /** More than there are translations of at most four words out of three. */
  private static final int ALL = 130;

  @ParameterizedTest
  @CsvSource({"0, 0", "0.6, 0", "1, 0.2", "0, 1"})
  void shouldFindWhatAnExhaustiveSearchFinds(double alpha, double beta) {
    ToyWords toy = new ToyWords(SOURCES.length, ALL, MOST);
    BeamSettings settings = new BeamSettings(ALL, alpha, beta);
    List<Hypothesis> found = new BeamSearch(toy, settings).search(SOURCES);
    for (int n = 0; n < SOURCES.length; n++) {
      Hypothesis best = new Exhaustive(toy, SOURCES[n], alpha, beta).best();
      assertEquals(best.words(), found.get(n).words());
      assertEquals(best.score(), found.get(n).score(), 1e-9);
      assertEquals(best.logProbability(), found.get(n).logProbability(), 1e-9);
    }
  }

  /** Goes through all translations and scores them by the formulas of the paper. */
  private static final class Exhaustive {
    private final ToyWords toy;
    private final int[] source;
    private final double alpha;
    private final double beta;
    private Hypothesis best;

    Exhaustive(ToyWords toy, int[] source, double alpha, double beta) {
      this.toy = toy;
      this.source = source;
      this.alpha = alpha;
      this.beta = beta;
    }

    Hypothesis best() {
      go(List.of(Vocabulary.BEGIN), 0, new double[source.length + 1]);
      return best;
    }

    private void go(List<Integer> said, double log, double[] attended) {
      double[] sums = attended.clone();
      float[] shares = toy.shares(source, said);
      for (int i = 0; i < sums.length; i++) {
        sums[i] += shares[i];
      }
      float[] logs = toy.logs(source, said);
      whole(said, log + logs[Vocabulary.END], sums);
      for (int word = 4; word < logs.length && logs[word] > Float.NEGATIVE_INFINITY; word++) {
        List<Integer> longer = new ArrayList<>(said);
        longer.add(word);
        go(longer, log + logs[word], sums);
      }
    }

    private void whole(List<Integer> said, double log, double[] sums) {
      double covered = 0;
      for (double sum : sums) {
        covered += Math.log(Math.min(sum, 1));
      }
      double penalty = Math.pow(5 + said.size(), alpha) / Math.pow(6, alpha);
      double score = log / penalty + beta * covered;
      if (best == null || score > best.score()) {
        best = new Hypothesis(said.subList(1, said.size()), log, score);
      }
    }
  }

  @Test
  void shouldTakeTheLikeliestWordsWhenTheBeamIsOneWide() {
    ToyWords toy = new ToyWords(SOURCES.length, 1, 1000);
    List<Hypothesis> found = new BeamSearch(toy, new BeamSettings(1, 0.6, 0.1)).search(SOURCES);
    for (int n = 0; n < SOURCES.length; n++) {
      assertEquals(greedy(toy, SOURCES[n]), found.get(n).words());
    }
  }

  private static List<Integer> greedy(ToyWords toy, int[] source) {
    List<Integer> said = new ArrayList<>(List.of(Vocabulary.BEGIN));
    int limit = 2 * (source.length + 1) + 10;
    while (said.size() < limit) {
      float[] logs = toy.logs(source, said);
      int best = Vocabulary.END;
      for (int word = 4; word < logs.length; word++) {
        best = logs[word] > logs[best] ? word : best;
      }
      if (best == Vocabulary.END) {
        break;
      }
      said.add(best);
    }
    return said.subList(1, said.size());
  }

  @Test
  void shouldNotDependOnTheSentencesBeside() {
    BeamSettings settings = new BeamSettings(3, 0.6, 0.1);
    List<Hypothesis> together = new BeamSearch(new ToyWords(5, 3, 1000), settings).search(SOURCES);
    for (int n = 0; n < SOURCES.length; n++) {
      ToyWords alone = new ToyWords(1, 3, 1000);
      assertEquals(
          together.get(n), new BeamSearch(alone, settings).search(new int[][] {SOURCES[n]}).get(0));
    }
  }

  @Test
  void shouldEndWhereTheNetworkSaysNoNumbers() {
    ToyWords nowhere =
        new ToyWords(1, 2, 3) {
          @Override
          float[] logs(int[] source, List<Integer> beginning) {
            float[] logs = super.logs(source, beginning);
            Arrays.fill(logs, Float.NaN);
            return logs;
          }
        };
    Hypothesis found =
        new BeamSearch(nowhere, new BeamSettings(2, 0.6, 0)).search(new int[][] {{4}}).get(0);
    assertTrue(found.words().isEmpty() && Double.isNaN(found.score()));
  }
}
