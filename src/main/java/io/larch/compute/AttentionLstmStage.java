package io.larch.compute;

import io.larch.model.Network.Node;
import io.larch.model.SequenceLayer.AttentionLstm;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.memory.data_type;

/**
 * The decoder layer that attends, step by step: the gates of {@link LstmGates}, a product with the
 * new h for the query, and {@link Attention}. An output row, h and context, is at once what the
 * next step multiplies by its recurrent weights. Whatever does not depend on the step before is a
 * product over all steps.
 */
final class AttentionLstmStage extends Stage {
  private final ProgramBuilder sourceProgram;
  private final AttentionLstm lstm;
  private final Optional<Remembered> given;
  private final int channels;
  private final int gateChannels;
  private final int depth;
  private final int width;
  private final Matrices matrices;
  private final Matrices sourceMatrices;
  private final Weights inputWeights;
  private final Weights recurrentWeights;
  private final Weights queryWeights;
  private final Weights memoryWeights;
  private List<Value> inputs;
  private Value source;
  private Value memory;
  private Value gates;
  private Value queries;
  private Sequence output;
  private LstmGates loop;
  private Attention attention;

  /**
   * @param given the source, if it was read before; else it is the layer's second input
   */
  AttentionLstmStage(
      ProgramBuilder program,
      ProgramBuilder sourceProgram,
      Node node,
      AttentionLstm lstm,
      Optional<Remembered> given) {
    super(program, node, false);
    this.sourceProgram = sourceProgram;
    this.lstm = lstm;
    this.given = given;
    channels = lstm.channels();
    gateChannels = 4 * channels;
    depth = lstm.memory();
    width = channels + depth;
    matrices = new Matrices(program, layer);
    sourceMatrices = new Matrices(sourceProgram, layer);
    inputWeights = new Weights(program, layer, "input", node.shape().channels(), gateChannels);
    recurrentWeights = new Weights(program, layer, "recurrent", width, gateChannels);
    queryWeights = new Weights(program, layer, "query", channels, channels);
    memoryWeights = Remembered.weights(sourceProgram, lstm);
  }

  @Override
  Value forward(List<Value> newInputs) {
    inputs = newInputs;
    source = matrices.of(inputs.get(0), node.shape().channels());
    gates = matrices.f32(gateChannels);
    inputWeights
        .forward(source.desc(), gates.desc(), false)
        .append(layer, "product forward", source, gates);
    output = new Sequence(program, layer, program.type(), width);
    queries = matrices.f32(channels);
    Value rows = matrices.f32Twin(output.rows(), width);
    loop = new LstmGates(program, layer, channels, gates, rows, width);
    attention =
        new Attention(
            program,
            layer,
            sourceProgram,
            queries,
            given.orElseGet(this::remember),
            channels,
            depth);
    FloatBuffer[] outputRows = new FloatBuffer[1];
    program.afterPlacing(() -> outputRows[0] = rows.slot().floats());
    program.perform(layer, "attention forward", List.of(), call -> attention.begin());
    for (int step = 0; step < program.steps(); step++) {
      gatesForward(step, rows);
      int now = step;
      program.perform(
          layer,
          "attention forward",
          attention.touched(rows),
          call -> attention.forward(now, call.sentences.lengths(), outputRows[0]));
      matrices.convert(matrices.step(rows, step), output.step(step));
    }
    return program.reshaped(output.rows(), program.extents(node.output()));
  }

  private Remembered remember() {
    memory = sourceMatrices.of(inputs.get(1), depth);
    return Remembered.append(sourceProgram, lstm, memory, memoryWeights);
  }

  /** How much each row attends to each source word, [T·N, S]; there after forward. */
  Value shares() {
    return attention.shares();
  }

  private void gatesForward(int step, Value rows) {
    output.before(step).ifPresent(before -> multiply(before, matrices.step(gates, step)));
    program.perform(layer, "gates forward", loop.touched(rows), call -> loop.forward(step));
    Value hidden = hidden(output.step(step), program.type());
    matrices.convert(hidden(matrices.step(rows, step), data_type.f32), hidden);
    Value query = matrices.step(queries, step);
    queryWeights
        .forward(hidden.desc(), query.desc(), false)
        .append(layer, "attention product forward", hidden, query);
  }

  private void multiply(Value before, Value sums) {
    recurrentWeights
        .forward(before.desc(), sums.desc(), true)
        .append(layer, "recurrent forward", before, sums);
  }

  /** The h in rows of h and context. */
  private Value hidden(Value rows, data_type type) {
    long count = rows.desc().get_dims().get(0);
    long[] extents = {count, channels};
    long[] strides = {width, 1};
    return program.part(rows, new org.bytedeco.dnnl.memory.desc(extents, type, strides), 0);
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value difference = matrices.copy(gradient, width);
    Value queryDifference = matrices.f32(channels);
    Value typedQuery = matrices.typedTwin(queryDifference, channels);
    Value typedGates = matrices.typedTwin(gates, gateChannels);
    Value keyDifference = sourceProgram.zero(layer, sourceMatrices.f32(channels));
    Value memoryDifference = sourceProgram.zero(layer, sourceMatrices.f32(depth));
    Attention.Differences[] rows = new Attention.Differences[1];
    program.afterPlacing(
        () ->
            rows[0] =
                new Attention.Differences(
                    difference.slot().floats(),
                    queryDifference.slot().floats(),
                    keyDifference.slot().floats(),
                    memoryDifference.slot().floats()));
    program.perform(layer, "gates backward", List.of(), call -> loop.begin());
    program.perform(layer, "attention backward", List.of(), call -> attention.beginBackward());
    for (int step = program.steps() - 1; step >= 0; step--) {
      int now = step;
      List<Value> touched = new ArrayList<>(attention.touched(difference));
      touched.addAll(List.of(queryDifference, keyDifference, memoryDifference));
      program.perform(
          layer,
          "attention backward",
          touched,
          call -> attention.backward(now, call.sentences.lengths(), rows[0]));
      queryBackward(
          matrices.step(queryDifference, step),
          matrices.step(typedQuery, step),
          matrices.step(difference, step));
      program.perform(
          layer,
          "gates backward",
          loop.touched(difference),
          call -> loop.backward(now, rows[0].output()));
      matrices.convert(matrices.step(gates, step), matrices.step(typedGates, step));
      if (step > 0) {
        handBack(matrices.step(typedGates, step), matrices.step(difference, step - 1));
      }
    }
    weightGradients(typedGates, typedQuery);
    memoryGradient(keyDifference, memoryDifference);
    program.perform(layer, "gates backward", List.of(), loop::end);
    program.perform(layer, "attention backward", List.of(), attention::end);
    program.ready(layer);
    passOn(typedGates, memoryDifference, gradients);
  }

  private void queryBackward(Value query, Value typed, Value difference) {
    matrices.convert(query, typed);
    Value hidden = hidden(difference, data_type.f32);
    queryWeights
        .backward(typed.desc(), hidden.desc(), true)
        .append(layer, "attention product backward", typed, hidden);
  }

  private void handBack(Value gateDifference, Value before) {
    recurrentWeights
        .backward(gateDifference.desc(), before.desc(), true)
        .append(layer, "recurrent backward", gateDifference, before);
  }

  private void weightGradients(Value gateDifference, Value queryDifference) {
    int later = program.batch() - program.samples();
    inputWeights.gradient("product backward weights", source, gateDifference);
    recurrentWeights.gradient(
        "recurrent backward weights",
        program.samples(output.rows(), 0, later),
        program.samples(gateDifference, program.samples(), later));
    queryWeights.gradient(
        "attention product backward weights",
        hidden(output.rows(), program.type()),
        queryDifference);
  }

  private void memoryGradient(Value keyDifference, Value memoryDifference) {
    Value typed = sourceMatrices.typedTwin(keyDifference, channels);
    sourceMatrices.convert(keyDifference, typed);
    memoryWeights.gradient("attention product backward weights", memory, typed);
    memoryWeights
        .backward(typed.desc(), memoryDifference.desc(), true)
        .append(layer, "attention product backward", typed, memoryDifference);
  }

  private void passOn(Value gateDifference, Value memoryDifference, Gradients gradients) {
    Value result = matrices.typed(node.shape().channels());
    inputWeights
        .backward(gateDifference.desc(), result.desc(), false)
        .append(layer, "product backward data", gateDifference, result);
    Value shaped = program.reshaped(result, program.extents(node.shape()));
    gradients.add(layer, inputs.get(0), new Gradients.Gradient(shaped, true));
    Value ofMemory = sourceProgram.reshaped(memoryDifference, sourceProgram.batch(), depth, 1, 1);
    gradients.add(layer, inputs.get(1), new Gradients.Gradient(ofMemory, true));
  }
}
