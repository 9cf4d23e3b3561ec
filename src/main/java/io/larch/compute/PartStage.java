package io.larch.compute;

import io.larch.model.Network.Node;
import io.larch.model.SequenceLayer.Part;
import java.util.List;

/** Some channels of a matrix; the others have gradient 0. */
final class PartStage extends Stage {
  private final Part part;
  private final int channels;
  private final Matrices matrices;
  private Value input;

  PartStage(ProgramBuilder program, Node node, Part part) {
    super(program, node, false);
    this.part = part;
    channels = node.shape().channels();
    matrices = new Matrices(program, layer);
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    Value output = matrices.typed(part.channels());
    Value whole = matrices.of(input, channels);
    Columns.copy(program, layer, whole, part.first(), output, 0, part.channels());
    return program.reshaped(output, program.extents(node.output()));
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value difference = matrices.of(gradient.value(), part.channels());
    Value whole = program.zero(layer, matrices.typed(channels));
    Columns.copy(program, layer, difference, 0, whole, part.first(), part.channels());
    Value shaped = program.reshaped(whole, program.extents(node.shape()));
    gradients.add(layer, input, new Gradients.Gradient(shaped, true));
  }
}
