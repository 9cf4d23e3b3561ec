package io.larch.compute;

import io.larch.model.Network.Node;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Looks words up in a table, straight in the step's weights. Backward adds each row's gradient to
 * its word's in the order of the rows; where two layers share a table, whichever comes first in
 * backward clears it, and the table's own layer, the last, reports it ready.
 */
final class EmbeddingStage extends Stage {
  private final boolean target;
  private final boolean owner;
  private final int words;
  private final int channels;
  private final String tensor;
  private final FlatTensor table;
  private final FlatTensor tableGradient;
  private final Matrices matrices;
  private final float[] row;
  private final float[] sum;

  /**
   * @param target whether the words are the target's
   * @param tableLayer the layer whose table it is
   */
  EmbeddingStage(ProgramBuilder program, Node node, boolean target, String tableLayer, int words) {
    super(program, node, false);
    this.target = target;
    this.words = words;
    owner = tableLayer.equals(layer);
    channels = node.output().channels();
    tensor = tableLayer + ".weight";
    table = program.weights(tensor);
    tableGradient = new FlatTensor(program.place(tensor));
    matrices = new Matrices(program, layer);
    row = new float[channels];
    sum = new float[channels];
  }

  @Override
  boolean isTrained() {
    return true;
  }

  @Override
  Value forward(List<Value> inputs) {
    Value output = matrices.typed(channels);
    Value looked = matrices.f32Twin(output, channels);
    FloatBuffer[] rows = new FloatBuffer[1];
    program.afterPlacing(() -> rows[0] = looked.slot().floats());
    program.perform(layer, "embedding forward", List.of(looked), call -> look(ids(call), rows[0]));
    matrices.convert(looked, output);
    return program.reshaped(output, program.extents(node.output()));
  }

  private int[] ids(Call call) {
    return target ? call.sentences.target() : call.sentences.source();
  }

  private void look(int[] ids, FloatBuffer rows) {
    for (int i = 0; i < program.batch(); i++) {
      rows.put(i * channels, table.current(), at(ids[i]), channels);
    }
  }

  private int at(int word) {
    if (word < 0 || word >= words) {
      throw new IllegalArgumentException("word " + word + " is not in [0, " + words + ")");
    }
    return word * channels;
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value difference = matrices.copy(gradient, channels);
    boolean first = program.beginsGradient(tensor);
    FloatBuffer[] rows = new FloatBuffer[1];
    program.afterPlacing(() -> rows[0] = difference.slot().floats());
    program.perform(
        layer,
        "embedding backward",
        List.of(difference),
        call -> {
          FloatBuffer to = tableGradient.in(call.gradient);
          if (first && !call.accumulate) {
            clear(to);
          }
          addTo(to, ids(call), rows[0]);
        });
    if (owner) {
      program.ready(layer);
    }
  }

  private void clear(FloatBuffer values) {
    Arrays.fill(row, 0);
    for (int word = 0; word < words; word++) {
      values.put(word * channels, row);
    }
  }

  private void addTo(FloatBuffer values, int[] ids, FloatBuffer differences) {
    for (int i = 0; i < program.batch(); i++) {
      differences.get(i * channels, row);
      values.get(ids[i] * channels, sum);
      for (int c = 0; c < channels; c++) {
        sum[c] += row[c];
      }
      values.put(ids[i] * channels, sum);
    }
  }
}
