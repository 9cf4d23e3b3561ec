package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import io.larch.model.Layer.LocalResponseNorm;
import io.larch.model.Network.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.lrn_backward;
import org.bytedeco.dnnl.lrn_forward;

/** Local response normalisation. oneDNN, too, divides alpha by the size. */
final class ResponseNormStage extends Stage {
  private static final float ONE = 1;

  private final LocalResponseNorm norm;
  private final prop_kind propagation;
  private Value input;
  private Value workspace;
  private lrn_forward.primitive_desc forward;

  ResponseNormStage(
      ProgramBuilder program, Node node, LocalResponseNorm norm, prop_kind propagation) {
    super(program, node, false);
    this.norm = norm;
    this.propagation = propagation;
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    forward =
        new lrn_forward.primitive_desc(
            program.engine(),
            propagation,
            algorithm.lrn_across_channels,
            input.desc(),
            input.desc(),
            norm.size(),
            (float) norm.alpha(),
            (float) norm.beta(),
            ONE,
            program.attributes(),
            false);
    Value output = program.value(input.desc());
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_SRC, input);
    values.put(DNNL_ARG_DST, output);
    if (forward.workspace_desc().get_size() > 0) {
      workspace = program.value(forward.workspace_desc());
      values.put(DNNL_ARG_WORKSPACE, workspace);
    }
    program.execute(layer, "response norm forward", forward, values);
    return output;
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value result = program.value(input.desc());
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_SRC, input);
    values.put(DNNL_ARG_DIFF_DST, gradients.fitted(layer, input, gradient).value());
    values.put(DNNL_ARG_DIFF_SRC, result);
    if (workspace != null) {
      values.put(DNNL_ARG_WORKSPACE, workspace);
    }
    program.execute(layer, "response norm backward", backwardDesc(), values);
    gradients.add(layer, input, new Gradients.Gradient(result, true));
  }

  private lrn_backward.primitive_desc backwardDesc() {
    return new lrn_backward.primitive_desc(
        program.engine(),
        algorithm.lrn_across_channels,
        input.desc(),
        input.desc(),
        input.desc(),
        norm.size(),
        (float) norm.alpha(),
        (float) norm.beta(),
        ONE,
        forward,
        program.attributes(),
        false);
  }
}
