package io.larch.data;

import io.larch.random.RandomStream;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Softmax regression on raw pixels, trained by plain stochastic gradient descent: the yardstick of
 * how hard a data set is for a linear classifier.
 */
final class SoftmaxRegression {
  private static final int BATCH = 64;

  private final int classes;
  private final int pixels;
  private final float[][] weights;
  private final float[][] gradient;
  private final float[][] rows;
  private final float[][] columns;
  private final float[][] logits;

  SoftmaxRegression(DataSet data) {
    classes = data.classes();
    pixels = data.pixels() + 1;
    weights = new float[classes][pixels];
    gradient = new float[classes][pixels];
    rows = new float[BATCH][pixels];
    columns = new float[pixels][BATCH];
    logits = new float[classes][BATCH];
  }

  /** Trains on whole batches in random order, the rate falling linearly to 0. */
  void train(DataSet data, double epochs, float rate) {
    Permutations order = new Permutations(data.size(), new RandomStream(3));
    int steps = (int) (epochs * data.size() / BATCH);
    int perEpoch = data.size() / BATCH;
    for (int step = 0; step < steps; step++) {
      load(data, order.of(step / perEpoch), step % perEpoch * BATCH);
      forward();
      for (int b = 0; b < BATCH; b++) {
        turnIntoError(b, data.label(order.of(step / perEpoch)[step % perEpoch * BATCH + b]));
      }
      descend(rate * (steps - step) / steps / BATCH);
    }
  }

  /** Share of samples whose class gets the largest logit, over whole batches. */
  double accuracy(DataSet data) {
    int right = 0;
    int batches = data.size() / BATCH;
    int[] order = IntStream.range(0, data.size()).toArray();
    for (int batch = 0; batch < batches; batch++) {
      load(data, order, batch * BATCH);
      forward();
      for (int b = 0; b < BATCH; b++) {
        right += best(b) == data.label(batch * BATCH + b) ? 1 : 0;
      }
    }
    return (double) right / (batches * BATCH);
  }

  private void load(DataSet data, int[] order, int from) {
    byte[] sample = new byte[data.pixels()];
    for (int b = 0; b < BATCH; b++) {
      data.copyPixels(order[from + b], sample, 0);
      for (int p = 0; p < sample.length; p++) {
        rows[b][p] = (sample[p] & 0xFF) / 255f;
        columns[p][b] = rows[b][p];
      }
      rows[b][pixels - 1] = 1;
      columns[pixels - 1][b] = 1;
    }
  }

  private void forward() {
    for (int k = 0; k < classes; k++) {
      Arrays.fill(logits[k], 0);
      for (int p = 0; p < pixels; p++) {
        addScaled(logits[k], columns[p], weights[k][p]);
      }
    }
  }

  private static void addScaled(float[] to, float[] from, float factor) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * from[i];
    }
  }

  private int best(int b) {
    int best = 0;
    for (int k = 1; k < classes; k++) {
      best = logits[k][b] > logits[best][b] ? k : best;
    }
    return best;
  }

  private void turnIntoError(int b, int label) {
    float largest = logits[best(b)][b];
    float sum = 0;
    for (int k = 0; k < classes; k++) {
      logits[k][b] = (float) StrictMath.exp(logits[k][b] - largest);
      sum += logits[k][b];
    }
    for (int k = 0; k < classes; k++) {
      logits[k][b] = logits[k][b] / sum - (k == label ? 1 : 0);
    }
  }

  private void descend(float rate) {
    for (int k = 0; k < classes; k++) {
      Arrays.fill(gradient[k], 0);
      for (int b = 0; b < BATCH; b++) {
        addScaled(gradient[k], rows[b], logits[k][b]);
      }
      addScaled(weights[k], gradient[k], -rate);
    }
  }
}
