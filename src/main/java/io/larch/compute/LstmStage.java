package io.larch.compute;

import io.larch.model.Network.Node;
import io.larch.model.SequenceLayer.Lstm;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * An LSTM: the products with x for all steps at once, those with h step by step, and between them
 * {@link LstmGates}. Gradients of the weights are products over all steps again, which is why
 * oneDNN's LSTM primitive, which forms them step by step, was measured slower in bf16.
 */
final class LstmStage extends Stage {
  private final int channels;
  private final int gateChannels;
  private final Matrices matrices;
  private final Weights inputWeights;
  private final Weights recurrentWeights;
  private Value input;
  private Value source;
  private Value gates;
  private Sequence output;
  private LstmGates loop;

  LstmStage(ProgramBuilder program, Node node, Lstm lstm) {
    super(program, node, false);
    channels = lstm.channels();
    gateChannels = 4 * channels;
    matrices = new Matrices(program, layer);
    long from = node.shape().channels();
    inputWeights = new Weights(program, layer, "input", from, gateChannels);
    recurrentWeights = new Weights(program, layer, "recurrent", channels, gateChannels);
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    source = matrices.of(input, node.shape().channels());
    gates = matrices.f32(gateChannels);
    output = new Sequence(program, layer, program.type(), channels);
    Value hidden = matrices.f32Twin(output.rows(), channels);
    loop = new LstmGates(program, layer, channels, gates, hidden, channels);
    inputWeights
        .forward(source.desc(), gates.desc(), false)
        .append(layer, "product forward", source, gates);
    for (int step = 0; step < program.steps(); step++) {
      forwardStep(step, hidden);
    }
    return program.reshaped(output.rows(), program.extents(node.output()));
  }

  private void forwardStep(int step, Value hidden) {
    output.before(step).ifPresent(before -> multiply(before, matrices.step(gates, step)));
    program.perform(layer, "gates forward", loop.touched(hidden), call -> loop.forward(step));
    matrices.convert(matrices.step(hidden, step), output.step(step));
  }

  private void multiply(Value before, Value sums) {
    recurrentWeights
        .forward(before.desc(), sums.desc(), true)
        .append(layer, "recurrent forward", before, sums);
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value difference = matrices.copy(gradient, channels);
    Value typed = matrices.typedTwin(gates, gateChannels);
    FloatBuffer[] differenceRows = new FloatBuffer[1];
    program.afterPlacing(() -> differenceRows[0] = difference.slot().floats());
    program.perform(layer, "gates backward", List.of(), call -> loop.begin());
    for (int step = program.steps() - 1; step >= 0; step--) {
      int now = step;
      program.perform(
          layer,
          "gates backward",
          loop.touched(difference),
          call -> loop.backward(now, differenceRows[0]));
      matrices.convert(matrices.step(gates, step), matrices.step(typed, step));
      if (step > 0) {
        handBack(matrices.step(typed, step), matrices.step(difference, step - 1));
      }
    }
    weightGradients(typed);
    program.perform(layer, "gates backward", List.of(), loop::end);
    program.ready(layer);
    if (gradients.wants(input)) {
      inputGradient(typed, gradients);
    }
  }

  private void handBack(Value gateDifference, Value before) {
    recurrentWeights
        .backward(gateDifference.desc(), before.desc(), true)
        .append(layer, "recurrent backward", gateDifference, before);
  }

  private void weightGradients(Value difference) {
    int later = program.batch() - program.samples();
    inputWeights.gradient("product backward weights", source, difference);
    recurrentWeights.gradient(
        "recurrent backward weights",
        program.samples(output.rows(), 0, later),
        program.samples(difference, program.samples(), later));
  }

  private void inputGradient(Value difference, Gradients gradients) {
    Value result = matrices.typed(node.shape().channels());
    inputWeights
        .backward(difference.desc(), result.desc(), false)
        .append(layer, "product backward data", difference, result);
    Value shaped = program.reshaped(result, program.extents(node.shape()));
    gradients.add(layer, input, new Gradients.Gradient(shaped, true));
  }
}
