package io.larch.compute;

import io.larch.data.Labels;
import java.nio.FloatBuffer;

/**
 * Softmax cross-entropy with label smoothing s over K classes (Szegedy et al. 2016, section 7), in
 * double: with log p = z − log Σ exp z, a sample's loss is −(1 − s)·log p[label] − s/K·Σ log p, and
 * its gradient p − (1 − s)·[label] − s/K. Losses are summed in the order of the samples. A sample
 * labelled {@link Labels#WEIGHTLESS} has loss and gradient 0 and is not counted.
 */
final class CrossEntropy {
  private final int classes;
  private final double smoothing;
  private final float[] logits;
  private final double[] powers;
  private double lossSum;
  private long top1;
  private long top5;
  private long samples;

  CrossEntropy(int classes, double smoothing) {
    this.classes = classes;
    this.smoothing = smoothing;
    logits = new float[classes];
    powers = new double[classes];
  }

  /**
   * Loss of the first {@code labels.length} samples.
   *
   * @param values logits, [N, K]
   * @param gradient [N, K], to be overwritten; null when only the loss is wanted
   */
  Outcome evaluate(FloatBuffer values, int[] labels, FloatBuffer gradient) {
    lossSum = 0;
    top1 = 0;
    top5 = 0;
    samples = 0;
    for (int sample = 0; sample < labels.length; sample++) {
      boolean weighs = labels[sample] != Labels.WEIGHTLESS;
      if (weighs) {
        values.get(sample * classes, logits);
        sample(labels[sample]);
      }
      if (gradient != null) {
        writeGradient(gradient, sample * classes, labels[sample], weighs);
      }
    }
    return new Outcome(lossSum, top1, top5, samples);
  }

  private void sample(int label) {
    if (label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          "label " + label + " is not in [0, " + classes + "), the classes of the network");
    }
    samples++;
    lossSum += loss(label);
    int rank = rank(label);
    top1 += rank < 1 ? 1 : 0;
    top5 += rank < 5 ? 1 : 0;
  }

  private double loss(int label) {
    double largest = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double logitSum = 0;
    for (int c = 0; c < classes; c++) {
      largest = Math.max(largest, logits[c]);
      logitSum += logits[c];
    }
    for (int c = 0; c < classes; c++) {
      powers[c] = StrictMath.exp(logits[c] - largest);
      sum += powers[c];
    }
    for (int c = 0; c < classes; c++) {
      powers[c] /= sum;
    }
    double logSum = largest + StrictMath.log(sum);
    double target = (1 - smoothing) * logits[label] + smoothing * (logitSum / classes);
    return logSum - target;
  }

  private void writeGradient(FloatBuffer gradient, int from, int label, boolean weighs) {
    for (int c = 0; c < classes; c++) {
      double target = (c == label ? 1 - smoothing : 0) + smoothing / classes;
      gradient.put(from + c, weighs ? (float) (powers[c] - target) : 0);
    }
  }

  /** Classes before the label by logit; of equal ones the lower class, and NaN before all. */
  private int rank(int label) {
    int before = 0;
    float own = logits[label];
    for (int c = 0; c < classes; c++) {
      boolean behind = logits[c] < own || (logits[c] == own && c >= label);
      before += behind ? 0 : 1;
    }
    return Float.isNaN(own) ? classes : before;
  }
}
