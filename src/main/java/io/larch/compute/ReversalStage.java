package io.larch.compute;

import io.larch.model.Network.Node;
import java.nio.ByteBuffer;
import java.util.List;

/** Turns each sentence round within its length; backward does the same again. */
final class ReversalStage extends Stage {
  private final int channels;
  private final Matrices matrices;
  private Value input;

  ReversalStage(ProgramBuilder program, Node node) {
    super(program, node, false);
    channels = node.shape().channels();
    matrices = new Matrices(program, layer);
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    return turned("reversal forward", input);
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value result = turned("reversal backward", gradient.value());
    gradients.add(layer, input, new Gradients.Gradient(result, true));
  }

  private Value turned(String kind, Value value) {
    Value source = matrices.of(value, channels);
    Value target = matrices.typed(channels);
    ByteBuffer[] rows = new ByteBuffer[2];
    program.afterPlacing(
        () -> {
          rows[0] = source.slot().bytesInJava();
          rows[1] = target.slot().bytesInJava();
        });
    int rowBytes = channels * program.typeBytes();
    program.perform(
        layer,
        kind,
        List.of(source, target),
        call -> turn(call.sentences.lengths(), rows[0], rows[1], rowBytes));
    return program.reshaped(target, program.extents(node.shape()));
  }

  private void turn(int[] lengths, ByteBuffer from, ByteBuffer to, int rowBytes) {
    for (int step = 0; step < program.steps(); step++) {
      for (int sample = 0; sample < lengths.length; sample++) {
        int other = step < lengths[sample] ? lengths[sample] - 1 - step : step;
        int source = (other * lengths.length + sample) * rowBytes;
        to.put((step * lengths.length + sample) * rowBytes, from, source, rowBytes);
      }
    }
  }
}
