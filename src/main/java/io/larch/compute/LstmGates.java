package io.larch.compute;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.memory;

/**
 * What an LSTM computes beside its products, a step at a time, as {@link
 * io.larch.model.SequenceLayer.Lstm} says. All values are f32, a row for each sample of each step.
 *
 * <p>Backward goes from the last step to the first. With the gradient dh of a step's output and the
 * gradient dc that the step behind it hands back:
 *
 * <pre>
 *   dc += dh · o · (1 − tanh²(c_t))
 *   df = dc · c_{t−1} · f(1 − f)      di = dc · g · i(1 − i)
 *   dg = dc · i · (1 − g²)            do = dh · tanh(c_t) · o(1 − o)
 *   dc is handed on as dc · f
 * </pre>
 */
final class LstmGates {
  private final int samples;
  private final int channels;
  private final int width;
  private final FlatTensor bias;
  private final GradientArray biasGradient;
  private final Value gates;
  private final Sequence cells;
  private final float[] carried;
  private final float[] gate;
  private final float[] cell;
  private final float[] before;
  private final float[] out;
  private final float[] added;
  private FloatBuffer gateRows;
  private FloatBuffer cellRows;
  private FloatBuffer cellsBefore;
  private FloatBuffer hiddenRows;

  /**
   * @param gates [R, 4·channels]: the sums x·W_x + h·W_h; forward replaces them by i, f, g and o,
   *     backward these by their gradients
   * @param hidden [R, width], whose first channels forward writes h to
   */
  LstmGates(
      ProgramBuilder program, String layer, int channels, Value gates, Value hidden, int width) {
    this.channels = channels;
    this.gates = gates;
    this.width = width;
    samples = program.samples();
    bias = program.weights(layer + ".bias");
    biasGradient = new GradientArray(program, layer + ".bias");
    cells = new Sequence(program, layer, memory.data_type.f32, channels);
    carried = new float[samples * channels];
    gate = new float[4 * channels];
    cell = new float[channels];
    before = new float[channels];
    out = new float[channels];
    added = new float[4 * channels];
    program.afterPlacing(
        () -> {
          gateRows = gates.slot().floats();
          cellRows = cells.rows().slot().floats();
          cellsBefore = cells.beforeFirst().map(each -> each.slot().floats()).orElse(null);
          hiddenRows = hidden.slot().floats();
        });
  }

  /** What a step touches, in either direction. */
  List<Value> touched(Value outputOrItsGradient) {
    return List.of(gates, cells.rows(), outputOrItsGradient);
  }

  void forward(int step) {
    bias.current().get(0, added);
    for (int row = step * samples; row < (step + 1) * samples; row++) {
      gateRows.get(row * 4 * channels, gate);
      readBefore(row);
      activate();
      gateRows.put(row * 4 * channels, gate);
      cellRows.put(row * channels, cell);
      hiddenRows.put(row * width, out);
    }
  }

  /** The cell of the step before a row's; 0 before the first of a sequence. */
  private void readBefore(int row) {
    if (row >= samples) {
      cellRows.get((row - samples) * channels, before);
    } else if (cellsBefore != null) {
      cellsBefore.get(row * channels, before);
    } else {
      Arrays.fill(before, 0);
    }
  }

  private void activate() {
    for (int k = 0; k < gate.length; k++) {
      gate[k] += added[k];
    }
    int g = 2 * channels;
    int o = 3 * channels;
    Tanh.logistic(gate, 0, g);
    Tanh.tanh(gate, g, o);
    Tanh.logistic(gate, o, gate.length);
    for (int j = 0; j < channels; j++) {
      cell[j] = gate[channels + j] * before[j] + gate[j] * gate[g + j];
    }
    for (int j = 0; j < channels; j++) {
      out[j] = gate[o + j] * Tanh.tanh(cell[j]);
    }
  }

  /** Begins backward. */
  void begin() {
    Arrays.fill(carried, 0);
    biasGradient.clear();
  }

  /**
   * Backward of a step.
   *
   * @param difference [R, width], whose first channels are the gradient of h
   */
  void backward(int step, FloatBuffer difference) {
    for (int row = step * samples; row < (step + 1) * samples; row++) {
      gateRows.get(row * 4 * channels, gate);
      cellRows.get(row * channels, cell);
      readBefore(row);
      difference.get(row * width, out);
      differentiate((row - step * samples) * channels);
      gateRows.put(row * 4 * channels, gate);
      add(gate, biasGradient.values());
    }
  }

  private void differentiate(int carry) {
    int g = 2 * channels;
    int o = 3 * channels;
    Tanh.tanh(cell, 0, channels);
    for (int j = 0; j < channels; j++) {
      added[j] = carried[carry + j] + out[j] * gate[o + j] * (1 - cell[j] * cell[j]);
    }
    for (int j = 0; j < channels; j++) {
      carried[carry + j] = added[j] * gate[channels + j];
    }
    for (int j = 0; j < channels; j++) {
      float of = gate[o + j];
      gate[o + j] = out[j] * cell[j] * of * (1 - of);
    }
    for (int j = 0; j < channels; j++) {
      float forget = gate[channels + j];
      gate[channels + j] = added[j] * before[j] * forget * (1 - forget);
    }
    for (int j = 0; j < channels; j++) {
      float in = gate[j];
      float value = gate[g + j];
      gate[j] = added[j] * value * in * (1 - in);
      gate[g + j] = added[j] * in * (1 - value * value);
    }
  }

  private static void add(float[] part, float[] sum) {
    for (int k = 0; k < sum.length; k++) {
      sum[k] += part[k];
    }
  }

  /** Stores the gradient of the bias, when backward is through. */
  void end(Call call) {
    biasGradient.store(call);
  }
}
