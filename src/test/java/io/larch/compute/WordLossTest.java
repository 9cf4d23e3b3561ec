package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.data.Labels;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordLossTest {
  private static final double SMOOTHING = 0.1;
  private static final int ROWS = 40;

  /** Logits of which many are equal. */
  private static FloatBuffer logits(int words) {
    RandomStream random = RandomStream.of(3, Purpose.BENCHMARK);
    FloatBuffer logits = FloatBuffer.allocate(ROWS * words);
    for (int i = 0; i < logits.capacity(); i++) {
      logits.put(i, Math.round(random.uniform(i, -12, 12)) / 2f);
    }
    return logits;
  }

  private static FloatBuffer softmaxLess(FloatBuffer logits, int words) {
    FloatBuffer softmax = FloatBuffer.allocate(logits.capacity());
    for (int row = 0; row < ROWS; row++) {
      double sum = 0;
      for (int word = 0; word < words; word++) {
        sum += Math.exp(logits.get(row * words + word));
      }
      for (int word = 0; word < words; word++) {
        double probability = Math.exp(logits.get(row * words + word)) / sum;
        softmax.put(row * words + word, (float) (probability - SMOOTHING / words));
      }
    }
    return softmax;
  }

  /** Among the labels are likely and unlikely words, equal ones, and rows without weight. */
  private static int[] labels(FloatBuffer logits, int words) {
    int[] labels = new int[ROWS];
    for (int row = 0; row < ROWS; row++) {
      labels[row] = row % 7 == 6 ? Labels.WEIGHTLESS : likely(logits, row, words, row % 7);
    }
    return labels;
  }

  /** The last word that has no more than so many lower words of at least its logit before it. */
  private static int likely(FloatBuffer logits, int row, int words, int rank) {
    int chosen = 0;
    for (int word = 0; word < words; word++) {
      int before = 0;
      for (int other = 0; other < words; other++) {
        float difference = logits.get(row * words + other) - logits.get(row * words + word);
        before += difference > 0 || (difference == 0 && other < word) ? 1 : 0;
      }
      chosen = before <= rank ? word : chosen;
    }
    return chosen;
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 256, 1000})
  void shouldSayWhatCrossEntropySays(int words) {
    FloatBuffer logits = logits(words);
    int[] labels = labels(logits, words);
    FloatBuffer gradient = softmaxLess(logits, words);
    FloatBuffer expectedGradient = FloatBuffer.allocate(gradient.capacity());
    Outcome expected =
        new CrossEntropy(words, SMOOTHING).evaluate(logits, labels, expectedGradient);
    Outcome found = new WordLoss(words, SMOOTHING).evaluate(logits, labels, gradient);
    assertEquals(expected.lossSum(), found.lossSum(), 1e-5 * expected.lossSum());
    assertEquals(expected.top1(), found.top1());
    assertEquals(expected.top5(), found.top5());
    assertEquals(expected.samples(), found.samples());
    for (int i = 0; i < gradient.capacity(); i++) {
      assertEquals(expectedGradient.get(i), gradient.get(i), 1e-6);
    }
  }

  @Test
  void shouldPutWhatIsNotANumberBeforeTheLabel() {
    FloatBuffer logits = FloatBuffer.wrap(new float[] {Float.NaN, 1, 2, 3, 4, 5, 6});
    FloatBuffer gradient = FloatBuffer.allocate(7);
    Arrays.fill(gradient.array(), Float.NaN);
    Outcome outcome = new WordLoss(7, 0).evaluate(logits, new int[] {6}, gradient);
    assertTrue(Double.isNaN(outcome.lossSum()));
    assertEquals(0, outcome.top1());
    assertEquals(1, outcome.top5());
  }
}
