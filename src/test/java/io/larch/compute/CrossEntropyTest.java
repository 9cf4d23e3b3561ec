package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class CrossEntropyTest {
  private static final int[] LABELS = {2, 0};

  @Test
  void shouldBeLogOfClassesForEqualLogits() {
    CrossEntropy loss = new CrossEntropy(4, 0.3);
    Outcome outcome = loss.evaluate(FloatBuffer.allocate(8), LABELS, null);
    assertEquals(2 * Math.log(4), outcome.lossSum(), 1e-12);
  }

  /** With K = 2, s = 0.2 and logits (z, 0): log(1 + e^z) − 0.9·z on class 0. */
  @Test
  void shouldFollowClosedFormOfLabelSmoothing() {
    float z = 1.5f;
    FloatBuffer gradient = FloatBuffer.allocate(2);
    CrossEntropy loss = new CrossEntropy(2, 0.2);
    Outcome outcome = loss.evaluate(FloatBuffer.wrap(new float[] {z, 0}), new int[1], gradient);
    assertEquals(Math.log1p(Math.exp(z)) - 0.9 * z, outcome.lossSum(), 1e-12);
    double slope = 1 / (1 + Math.exp(-z)) - 0.9;
    assertEquals(slope, gradient.get(0), 1e-7);
    assertEquals(-slope, gradient.get(1), 1e-7);
  }

  @Test
  void shouldLeaveOutSamplesOfWeight0() {
    float[] logits = {1.5f, 0, 40, 3, 1.5f, 0};
    float[] others = {1.5f, 0, 1.5f, 0};
    FloatBuffer gradient = FloatBuffer.wrap(new float[] {9, 9, 9, 9, 9, 9});
    FloatBuffer expected = FloatBuffer.allocate(4);
    CrossEntropy loss = new CrossEntropy(2, 0.2);
    Outcome outcome = loss.evaluate(FloatBuffer.wrap(logits), new int[] {0, -1, 1}, gradient);
    assertEquals(loss.evaluate(FloatBuffer.wrap(others), new int[] {0, 1}, expected), outcome);
    assertEquals(2, outcome.samples());
    assertArrayEquals(
        new float[] {expected.get(0), expected.get(1), 0, 0, expected.get(2), expected.get(3)},
        gradient.array());
  }

  @Test
  void shouldNotOverflow() {
    FloatBuffer logits = FloatBuffer.wrap(new float[] {1e30f, -1e30f});
    Outcome outcome = new CrossEntropy(2, 0).evaluate(logits, new int[1], null);
    assertEquals(0, outcome.lossSum());
  }

  @Test
  void shouldReportNaNAndCountItAsWrong() {
    FloatBuffer logits = FloatBuffer.wrap(new float[] {Float.NaN, 3, 1});
    FloatBuffer gradient = FloatBuffer.allocate(3);
    Outcome outcome = new CrossEntropy(3, 0).evaluate(logits, new int[] {1}, gradient);
    assertTrue(Double.isNaN(outcome.lossSum()));
    assertTrue(Float.isNaN(gradient.get(2)));
    assertEquals(0, outcome.top1());
    assertEquals(1, outcome.top5());
    assertEquals(1, outcome.samples());
  }

  @Test
  void shouldRankTheLowerClassFirstAmongEquals() {
    FloatBuffer logits = FloatBuffer.wrap(new float[] {7, 7, 7, 7, 7, 7, 9});
    CrossEntropy loss = new CrossEntropy(7, 0);
    assertEquals(new Rank(1, 1), Rank.of(loss.evaluate(logits, new int[] {6}, null)));
    assertEquals(new Rank(0, 1), Rank.of(loss.evaluate(logits, new int[] {3}, null)));
    assertEquals(new Rank(0, 0), Rank.of(loss.evaluate(logits, new int[] {4}, null)));
  }

  private record Rank(long top1, long top5) {
    static Rank of(Outcome outcome) {
      return new Rank(outcome.top1(), outcome.top5());
    }
  }

  @Test
  void shouldRefuseLabelsOutOfRange() {
    CrossEntropy loss = new CrossEntropy(4, 0);
    FloatBuffer logits = FloatBuffer.allocate(4);
    assertThrows(IllegalArgumentException.class, () -> loss.evaluate(logits, new int[] {4}, null));
  }
}
