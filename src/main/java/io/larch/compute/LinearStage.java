package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import io.larch.model.Layer.Linear;
import io.larch.model.Network.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.inner_product_backward_data;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory;

/**
 * y = W·x + b. The input is brought into row-major order first: so weights and their gradients need
 * no reordering between the flat blocks and the primitives, which would cost more.
 */
final class LinearStage extends Stage {
  private final prop_kind propagation;
  private final boolean last;
  private final Linear linear;
  private Value input;
  private Value source;
  private Value output;
  private inner_product_forward.primitive_desc forward;

  /**
   * @param last whether the output is the logits, which are f32 and row-major
   */
  LinearStage(
      ProgramBuilder program, Node node, boolean relu, prop_kind propagation, boolean last) {
    super(program, node, relu);
    this.propagation = propagation;
    this.last = last;
    linear = (Linear) node.layer();
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    forward = forwardDesc();
    source = source();
    Value flat = program.value(forward.dst_desc());
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_SRC, source);
    values.put(
        DNNL_ARG_WEIGHTS,
        program.packed(layer + ".weight", forward.weights_desc(), weightExtents()));
    values.put(DNNL_ARG_DST, flat);
    if (hasBias()) {
      values.put(DNNL_ARG_BIAS, program.packed(layer + ".bias", biasDesc(), linear.channels()));
    }
    program.execute(layer, "linear forward", forward, values);
    output = program.reshaped(flat, program.extents(node.output()));
    return output;
  }

  private inner_product_forward.primitive_desc forwardDesc() {
    memory.desc destination =
        last && !relu ? ProgramBuilder.plain(outputExtents()) : program.any(outputExtents());
    return hasBias()
        ? new inner_product_forward.primitive_desc(
            program.engine(),
            propagation,
            program.any(sourceExtents()),
            program.any(weightExtents()),
            biasDesc(),
            destination,
            program.attributes(ReluStage.postOps(relu)),
            false)
        : new inner_product_forward.primitive_desc(
            program.engine(),
            propagation,
            program.any(sourceExtents()),
            program.any(weightExtents()),
            destination,
            program.attributes(ReluStage.postOps(relu)),
            false);
  }

  /** The input as a matrix, row-major, as the weights are in the flat blocks. */
  private Value source() {
    memory.desc plain = ProgramBuilder.plain(program.type(), program.extents(node.shape()));
    Value matrix = program.reshaped(program.reordered(layer, input, plain), sourceExtents());
    return program.reordered(layer, matrix, forward.src_desc());
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Gradients.Gradient inner =
        relu ? ReluStage.backward(program, layer, output, gradient, gradients) : gradient;
    memory.desc plain = ProgramBuilder.plain(program.type(), program.extents(node.output()));
    Value difference =
        program.reshaped(program.reordered(layer, inner.value(), plain), outputExtents());
    backwardWeights(difference);
    program.ready(layer);
    if (gradients.wants(input)) {
      gradients.add(layer, input, backwardData(difference));
    }
  }

  private void backwardWeights(Value difference) {
    inner_product_backward_weights.primitive_desc desc = backwardWeightsDesc(difference);
    Value fitting = program.reordered(layer, difference, desc.diff_dst_desc());
    Value fittingSource = program.reordered(layer, source, desc.src_desc());
    GradientStore weights =
        program.gradient(layer + ".weight", desc.diff_weights_desc(), weightExtents());
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_SRC, fittingSource);
    values.put(DNNL_ARG_DIFF_DST, fitting);
    values.put(DNNL_ARG_DIFF_WEIGHTS, weights.value());
    weights.before(layer);
    if (hasBias()) {
      GradientStore biases = program.gradient(layer + ".bias", biasDesc(), linear.channels());
      values.put(DNNL_ARG_DIFF_BIAS, biases.value());
      biases.before(layer);
      program.execute(layer, "linear backward weights", desc, values);
      biases.after(layer);
    } else {
      program.execute(layer, "linear backward weights", desc, values);
    }
    weights.after(layer);
  }

  private inner_product_backward_weights.primitive_desc backwardWeightsDesc(Value difference) {
    memory.desc weights =
        new memory.desc(weightExtents(), memory.data_type.f32, memory.format_tag.any);
    return hasBias()
        ? new inner_product_backward_weights.primitive_desc(
            program.engine(),
            source.desc(),
            weights,
            biasDesc(),
            difference.desc(),
            forward,
            program.attributes(),
            false)
        : new inner_product_backward_weights.primitive_desc(
            program.engine(),
            source.desc(),
            weights,
            difference.desc(),
            forward,
            program.attributes(),
            false);
  }

  private Gradients.Gradient backwardData(Value difference) {
    inner_product_backward_data.primitive_desc desc =
        new inner_product_backward_data.primitive_desc(
            program.engine(),
            source.desc(),
            program.any(weightExtents()),
            difference.desc(),
            forward,
            program.attributes(),
            false);
    Value result = program.value(desc.diff_src_desc());
    Value weights = program.packed(layer + ".weight", desc.weights_desc(), weightExtents());
    program.execute(
        layer,
        "linear backward data",
        desc,
        Map.of(
            DNNL_ARG_DIFF_DST,
            program.reordered(layer, difference, desc.diff_dst_desc()),
            DNNL_ARG_WEIGHTS,
            weights,
            DNNL_ARG_DIFF_SRC,
            result));
    memory.desc plain = ProgramBuilder.plain(program.type(), sourceExtents());
    Value matrix = program.reordered(layer, result, plain);
    return new Gradients.Gradient(program.reshaped(matrix, program.extents(node.shape())), true);
  }

  private boolean hasBias() {
    return linear.biases() != null;
  }

  private memory.desc biasDesc() {
    return ProgramBuilder.plain(linear.channels());
  }

  private long[] outputExtents() {
    return new long[] {program.batch(), linear.channels()};
  }

  private long[] sourceExtents() {
    return new long[] {program.batch(), node.shape().size()};
  }

  private long[] weightExtents() {
    return new long[] {linear.channels(), node.shape().size()};
  }
}
