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
 */
final class WordLoss {
  private final int words;
  private final double smoothing;
  private final float[] row;
  private FloatBuffer logits;
  private FloatBuffer difference;
  private double lossSum;
  private long top1;
  private long top5;
  private long counted;

  private WordLoss(int words, double smoothing) {
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
    program.afterPlacing(
        () -> {
          loss.logits = matrix.slot().floats();
          loss.difference = difference.slot().floats();
        });
    program.perform(
        Compiler.LOSS,
        "cross-entropy",
        List.of(matrix, difference),
        call -> call.outcome = loss.evaluate(call.sentences.labels()));
    return program.reshaped(difference, program.batch(), words, 1, 1);
  }

  private Outcome evaluate(int[] labels) {
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
    lossSum += logSum(i) - (1 - smoothing) * row[label] - smoothing / words * sum();
    int place = i * words + label;
    difference.put(place, (float) (difference.get(place) - (1 - smoothing)));
    int rank = rank(label);
    top1 += rank < 1 ? 1 : 0;
    top5 += rank < 5 ? 1 : 0;
    counted++;
  }

  private double logSum(int i) {
    int largest = 0;
    for (int word = 1; word < words; word++) {
      largest = row[word] > row[largest] ? word : largest;
    }
    double probability = difference.get(i * words + largest) + smoothing / words;
    return row[largest] - StrictMath.log(probability);
  }

  private double sum() {
    double even = 0;
    double odd = 0;
    for (int word = 1; word < words; word += 2) {
      even += row[word - 1];
      odd += row[word];
    }
    return even + odd + (words % 2 == 1 ? row[words - 1] : 0);
  }

  /** Words before the label by logit; of equal ones the lower word, and NaN before all. */
  private int rank(int label) {
    int behind = 0;
    float own = row[label];
    for (int word = 0; word < words; word++) {
      behind += row[word] < own || (row[word] == own && word >= label) ? 1 : 0;
    }
    return Float.isNaN(own) ? words : words - behind;
  }
}
