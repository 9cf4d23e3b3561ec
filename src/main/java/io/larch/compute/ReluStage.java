package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import io.larch.model.Network.Node;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;

/** A ReLU that stands alone, and what other stages need of one that they include. */
final class ReluStage extends Stage {
  private Value input;
  private Value output;

  ReluStage(ProgramBuilder program, Node node) {
    super(program, node, false);
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    output = program.value(input.desc());
    program.execute(
        layer,
        "relu forward",
        forwardDesc(program, algorithm.eltwise_relu, input.desc()),
        Map.of(DNNL_ARG_SRC, input, DNNL_ARG_DST, output));
    return output;
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    gradients.add(layer, input, backward(program, layer, output, gradient, gradients));
  }

  /** A ReLU on what a primitive writes. */
  static post_ops postOps(boolean relu) {
    post_ops postOps = new post_ops();
    if (relu) {
      postOps.append_eltwise(algorithm.eltwise_relu, 0, 0);
    }
    return postOps;
  }

  /** Appends the backward of a ReLU, which needs its output only; returns the new gradient. */
  static Gradients.Gradient backward(
      ProgramBuilder program,
      String layer,
      Value output,
      Gradients.Gradient gradient,
      Gradients gradients) {
    Gradients.Gradient from = gradients.fitted(layer, output, gradient);
    Value to = gradients.target(from);
    memory.desc data = output.desc();
    algorithm kind = algorithm.eltwise_relu_use_dst_for_bwd;
    program.execute(
        layer,
        "relu backward",
        new eltwise_backward.primitive_desc(
            program.engine(),
            kind,
            data,
            data,
            data,
            0,
            0,
            forwardDesc(program, kind, data),
            program.attributes(),
            false),
        Map.of(DNNL_ARG_DST, output, DNNL_ARG_DIFF_DST, from.value(), DNNL_ARG_DIFF_SRC, to));
    return new Gradients.Gradient(to, true);
  }

  private static eltwise_forward.primitive_desc forwardDesc(
      ProgramBuilder program, algorithm kind, memory.desc data) {
    return new eltwise_forward.primitive_desc(
        program.engine(),
        prop_kind.forward_training,
        kind,
        data,
        data,
        0,
        0,
        program.attributes(),
        false);
  }
}
