package io.larch.compute;

import io.larch.model.Network.Node;
import java.util.List;

/** Two matrices side by side. */
final class ConcatenationStage extends Stage {
  private final int first;
  private final int more;
  private final Matrices matrices;
  private List<Value> inputs;

  ConcatenationStage(ProgramBuilder program, Node node) {
    super(program, node, false);
    first = node.shape().channels();
    more = node.output().channels() - first;
    matrices = new Matrices(program, layer);
  }

  @Override
  Value forward(List<Value> newInputs) {
    inputs = newInputs;
    Value output = matrices.typed(node.output().channels());
    Columns.copy(program, layer, matrices.of(inputs.get(0), first), 0, output, 0, first);
    Columns.copy(program, layer, matrices.of(inputs.get(1), more), 0, output, first, more);
    return program.reshaped(output, program.extents(node.output()));
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value difference = matrices.of(gradient.value(), node.output().channels());
    split(difference, 0, first, inputs.get(0), gradients);
    split(difference, first, more, inputs.get(1), gradients);
  }

  private void split(Value difference, int from, int channels, Value input, Gradients gradients) {
    if (gradients.wants(input)) {
      Value part = matrices.typed(channels);
      Columns.copy(program, layer, difference, from, part, 0, channels);
      Value shaped = program.reshaped(part, program.batch(), channels, 1, 1);
      gradients.add(layer, input, new Gradients.Gradient(shaped, true));
    }
  }
}
