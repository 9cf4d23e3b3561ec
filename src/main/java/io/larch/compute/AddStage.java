package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import io.larch.model.Network.Node;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;

/** The sum of two activations. Backward computes nothing: both take the same gradient. */
final class AddStage extends Stage {
  private final boolean overwrites;
  private List<Value> inputs;
  private Value output;

  /**
   * @param overwrites whether the sum may take the place of the first input, which nobody else
   *     needs; this spares memory and the way there
   */
  AddStage(ProgramBuilder program, Node node, boolean relu, boolean overwrites) {
    super(program, node, relu);
    this.overwrites = overwrites;
  }

  @Override
  Value forward(List<Value> newInputs) {
    inputs = newInputs;
    Value first = inputs.get(0);
    Value second = program.reordered(layer, inputs.get(1), first.desc());
    output =
        overwrites
            ? program.reshaped(first, program.extents(node.output()))
            : program.value(first.desc());
    program.execute(
        layer,
        "add forward",
        new binary.primitive_desc(
            program.engine(),
            algorithm.binary_add,
            first.desc(),
            first.desc(),
            first.desc(),
            program.attributes(ReluStage.postOps(relu)),
            false),
        Map.of(DNNL_ARG_SRC_0, first, DNNL_ARG_SRC_1, second, DNNL_ARG_DST, output));
    return output;
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value difference =
        relu
            ? ReluStage.backward(program, layer, output, gradient, gradients).value()
            : gradient.value();
    for (Value input : inputs) {
      gradients.add(layer, input, new Gradients.Gradient(difference, false));
    }
  }
}
