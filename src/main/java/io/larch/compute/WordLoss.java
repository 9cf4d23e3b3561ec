package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import io.larch.data.Labels;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.softmax_forward;

/**
 * The loss of {@link CrossEntropy} for many rows over a large vocabulary: oneDNN's softmax with
 * −s/K behind it is the gradient but for the label's place, and a row's log Σ exp z is z − log p of
 * its largest logit. What an {@link Outcome} counts as samples are words.
 *
 * <p>Word w stands in lane w mod {@link #LANES}: loops go over lanes side by side, which the
 * compiler turns into vector instructions.
 */
final class WordLoss {
  private static final int LANES = 256;
  private static final int TOP = 5;

  private final int words;
  private final double smoothing;
  private final float[] row;
  private final float[] largest = new float[LANES];
  private final float[] sums = new float[LANES];
  private FloatBuffer logits;
  private FloatBuffer difference;
  private double lossSum;
  private long top1;
  private long top5;
  private long counted;

  WordLoss(int words, double smoothing) {
    this.words = words;
    this.smoothing = smoothing;
    row = new float[words];
  }

  /**
   * Appends the loss and returns its gradient.
   *
   * @param logits [R, K], f32 and row-major
   */
  static Value append(ProgramBuilder program, Value logits, int words, double smoothing) {
    WordLoss loss = new WordLoss(words, smoothing);
    Value matrix = program.reshaped(logits, program.batch(), words);
    Value difference = program.value(matrix.desc());
    post_ops less = new post_ops();
    less.append_eltwise(algorithm.eltwise_linear, 1, (float) (-smoothing / words));
    program.execute(
        Compiler.LOSS,
        "softmax",
        new softmax_forward.primitive_desc(
            program.engine(),
            prop_kind.forward_inference,
            algorithm.softmax_accurate,
            matrix.desc(),
            matrix.desc(),
            1,
            program.attributes(less),
            false),
        Map.of(DNNL_ARG_SRC, matrix, DNNL_ARG_DST, difference));
    FloatBuffer[] placed = new FloatBuffer[2];
    program.afterPlacing(
        () -> {
          placed[0] = matrix.slot().floats();
          placed[1] = difference.slot().floats();
        });
    program.perform(
        Compiler.LOSS,
        "cross-entropy",
        List.of(matrix, difference),
        call -> call.outcome = loss.evaluate(placed[0], call.sentences.labels(), placed[1]));
    return program.reshaped(difference, program.batch(), words, 1, 1);
  }

  /**
   * Loss of all rows.
   *
   * @param newLogits [R, K]
   * @param newDifference softmax less s/K, [R, K]; becomes the gradient
   */
  Outcome evaluate(FloatBuffer newLogits, int[] labels, FloatBuffer newDifference) {
    logits = newLogits;
    difference = newDifference;
    lossSum = 0;
    top1 = 0;
    top5 = 0;
    counted = 0;
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == Labels.WEIGHTLESS) {
        clear(i);
      } else {
        count(i, labels[i]);
      }
    }
    return new Outcome(lossSum, top1, top5, counted);
  }

  private void clear(int i) {
    Arrays.fill(row, 0);
    difference.put(i * words, row);
  }

  private void count(int i, int label) {
    if (label < 0 || label >= words) {
      throw new IllegalArgumentException("label " + label + " is not in [0, " + words + ")");
    }
    logits.get(i * words, row);
    survey();
    lossSum += logSum(i) - (1 - smoothing) * row[label] - smoothing / words * sum();
    int place = i * words + label;
    difference.put(place, (float) (difference.get(place) - (1 - smoothing)));
    int rank = rank(label);
    top1 += rank < 1 ? 1 : 0;
    top5 += rank < TOP ? 1 : 0;
    counted++;
  }

  /** Finds each lane's largest logit and its sum. */
  private void survey() {
    Arrays.fill(largest, Float.NEGATIVE_INFINITY);
    Arrays.fill(sums, 0);
    for (int from = 0; from < words; from += LANES) {
      int count = Math.min(LANES, words - from);
      for (int lane = 0; lane < count; lane++) {
        largest[lane] = Math.max(largest[lane], row[from + lane]);
      }
      for (int lane = 0; lane < count; lane++) {
        sums[lane] += row[from + lane];
      }
    }
  }

  private double logSum(int i) {
    int likeliest = likeliest();
    double probability = difference.get(i * words + likeliest) + smoothing / words;
    return row[likeliest] - StrictMath.log(probability);
  }

  /** A word of the largest logit. */
  private int likeliest() {
    int best = 0;
    for (int lane = 1; lane < LANES; lane++) {
      best = largest[lane] > largest[best] ? lane : best;
    }
    int word = best;
    while (row[word] != largest[best] && word + LANES < words) {
      word += LANES;
    }
    return word;
  }

  private double sum() {
    double sum = 0;
    for (int lane = 0; lane < LANES; lane++) {
      sum += sums[lane];
    }
    return sum;
  }

  /**
   * Words before the label by logit; of equal ones the lower word, and NaN before all. From {@link
   * #TOP} on it is not told how many. Only lanes whose largest logit reaches the label's have any.
   */
  private int rank(int label) {
    int before = 0;
    for (int lane = 0; lane < LANES && before < TOP; lane++) {
      if (!(largest[lane] < row[label])) {
        before += before(label, lane);
      }
    }
    return before;
  }

  private int before(int label, int lane) {
    int before = 0;
    float own = row[label];
    for (int word = lane; word < words; word += LANES) {
      before += row[word] < own || (row[word] == own && word >= label) ? 0 : 1;
    }
    return before;
  }
}
