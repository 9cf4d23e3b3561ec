package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import io.larch.config.Refusal;
import io.larch.model.Layer.BatchNorm;
import io.larch.model.Network.Node;
import io.larch.model.Shape;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;

/**
 * Batch norm, in one primitive with the ReLU behind it: forward notes in a workspace which values
 * were positive. In inference the running statistics take the place of the batch's.
 */
final class BatchNormStage extends Stage {
  private final boolean training;
  private final BatchNorm norm;
  private final int channels;
  private final long count;
  private Value input;
  private Value output;
  private Value mean;
  private Value variance;
  private Value scale;
  private Value positive;
  private batch_normalization_forward.primitive_desc forward;

  BatchNormStage(ProgramBuilder program, Node node, boolean relu, boolean training) {
    super(program, node, relu);
    this.training = training;
    norm = (BatchNorm) node.layer();
    Shape shape = node.shape();
    channels = shape.channels();
    count = (long) program.batch() * shape.height() * shape.width();
    if (training && count < 2) {
      throw new Refusal(
          "Layer %s: batch norm has a single value for each channel of %s in a micro-batch of 1, which has no variance; use a larger micro-batch."
              .formatted(layer, shape));
    }
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    output = program.value(input.desc());
    forward =
        new batch_normalization_forward.primitive_desc(
            program.engine(),
            (training ? prop_kind.forward_training : prop_kind.forward_inference).value,
            input.desc(),
            input.desc(),
            (float) norm.epsilon(),
            flags(),
            program.attributes(),
            false);
    program.execute(layer, "batch norm forward", forward, forwardValues());
    return output;
  }

  private int flags() {
    int affine = normalization_flags.use_scale.value | normalization_flags.use_shift.value;
    return (norm.affine() ? affine : 0)
        | (relu ? normalization_flags.fuse_norm_relu.value : 0)
        | (training ? 0 : normalization_flags.use_global_stats.value);
  }

  private Map<Integer, Value> forwardValues() {
    mean = statistic(".running_mean");
    variance = statistic(".running_var");
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_SRC, input);
    values.put(DNNL_ARG_DST, output);
    values.put(DNNL_ARG_MEAN, mean);
    values.put(DNNL_ARG_VARIANCE, variance);
    if (norm.affine()) {
      scale = program.packed(layer + ".weight", vector(), channels);
      values.put(DNNL_ARG_SCALE, scale);
      values.put(DNNL_ARG_SHIFT, program.packed(layer + ".bias", vector(), channels));
    }
    if (relu && training) {
      positive = program.value(forward.workspace_desc());
      values.put(DNNL_ARG_WORKSPACE, positive);
    }
    return values;
  }

  private Value statistic(String name) {
    return training ? program.value(vector()) : program.packed(layer + name, vector(), channels);
  }

  private memory.desc vector() {
    return ProgramBuilder.plain(channels);
  }

  /** The batch's mean and its unbiased variance; oneDNN's is biased. */
  @Override
  void statistics() {
    storeStatistic(layer + ".running_mean", mean, 1);
    storeStatistic(layer + ".running_var", variance, (float) count / (count - 1));
    if (!isTrained()) {
      program.ready(layer);
    }
  }

  private void storeStatistic(String tensor, Value value, float factor) {
    long from = program.place(tensor).from();
    FloatBuffer[] values = new FloatBuffer[1];
    program.afterPlacing(() -> values[0] = value.slot().floats());
    program.perform(
        layer,
        "store statistic",
        List.of(value),
        call -> {
          for (int c = 0; c < channels; c++) {
            float before = call.accumulate ? call.gradient.at(from + c) : 0;
            call.gradient.set(from + c, before + values[0].get(c) * factor);
          }
        });
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Gradients.Gradient difference = gradients.fitted(layer, output, gradient);
    Value result = gradients.target(difference);
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_SRC, input);
    values.put(DNNL_ARG_DIFF_DST, difference.value());
    values.put(DNNL_ARG_MEAN, mean);
    values.put(DNNL_ARG_VARIANCE, variance);
    values.put(DNNL_ARG_DIFF_SRC, result);
    if (relu) {
      values.put(DNNL_ARG_WORKSPACE, positive);
    }
    if (norm.affine()) {
      backwardWithScale(values);
    } else {
      program.execute(layer, "batch norm backward", backwardDesc(), values);
    }
    gradients.add(layer, input, new Gradients.Gradient(result, true));
  }

  private void backwardWithScale(Map<Integer, Value> values) {
    GradientStore scales = program.gradient(layer + ".weight", vector(), channels);
    GradientStore shifts = program.gradient(layer + ".bias", vector(), channels);
    values.put(DNNL_ARG_SCALE, scale);
    values.put(DNNL_ARG_DIFF_SCALE, scales.value());
    values.put(DNNL_ARG_DIFF_SHIFT, shifts.value());
    scales.before(layer);
    shifts.before(layer);
    program.execute(layer, "batch norm backward", backwardDesc(), values);
    scales.after(layer);
    shifts.after(layer);
    program.ready(layer);
  }

  private batch_normalization_backward.primitive_desc backwardDesc() {
    return new batch_normalization_backward.primitive_desc(
        program.engine(),
        (norm.affine() ? prop_kind.backward : prop_kind.backward_data).value,
        input.desc(),
        input.desc(),
        input.desc(),
        (float) norm.epsilon(),
        flags(),
        forward,
        program.attributes(),
        false);
  }
}
