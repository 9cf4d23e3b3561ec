package io.larch.model;

import io.larch.config.Refusal;
import io.larch.model.Initializer.Constant;
import io.larch.model.Tensor.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers of networks that translate sentences. Their shapes are those of one step of a sequence, a
 * vector of channels; how many steps there are, a micro-batch says.
 */
public sealed interface SequenceLayer extends Layer {

  /**
   * A vector for each word: row {@code id} of a table [words, channels]. Takes the words of the
   * network's input.
   */
  record Embedding(String name, int words, int channels, Initializer table)
      implements SequenceLayer {
    @Override
    public Shape output(Shape input) {
      return Shape.vector(channels);
    }

    @Override
    public List<Tensor> tensors(Shape input) {
      List<Integer> shape = List.of(words, channels);
      return List.of(new Tensor(name + ".weight", name, shape, Kind.WEIGHT, table));
    }
  }

  /** Looks words up in the table of another embedding. */
  record SharedEmbedding(String name, Embedding table) implements SequenceLayer {
    @Override
    public Shape output(Shape input) {
      return table.output(input);
    }

    @Override
    public String kind() {
      return "shared embedding";
    }
  }

  /** Turns each source sentence round within its own length; what pads it stays behind it. */
  record Reversal(String name) implements SequenceLayer {
    @Override
    public Shape output(Shape input) {
      return input;
    }
  }

  /**
   * Long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000) from the first step
   * to the last, with h₀ = c₀ = 0:
   *
   * <pre>
   *   i, f, g, o = x_t·W_x + h_{t−1}·W_h + b        four vectors in this order
   *   c_t = σ(f)·c_{t−1} + σ(i)·tanh(g)
   *   h_t = σ(o)·tanh(c_t)                          the output
   * </pre>
   *
   * @param forgetBias first value of f's part of b; the rest begins at 0
   * @param weights of W_x, [input, 4·channels], and W_h, [channels, 4·channels]
   */
  record Lstm(String name, int channels, double forgetBias, Initializer weights)
      implements SequenceLayer {
    @Override
    public Shape output(Shape input) {
      return Shape.vector(channels);
    }

    @Override
    public List<Tensor> tensors(Shape input) {
      return gateTensors(name, input.channels(), channels, channels, forgetBias, weights);
    }

    @Override
    public long multiplyAdds(Shape input) {
      return 4L * channels * (input.channels() + channels);
    }
  }

  /**
   * The first layer of a decoder with attention: an LSTM whose input at step t is x_t and the
   * context that the step before has found in the source; its output, h_t and the new context, is a
   * vector of {@code channels} + {@code memory}. Normalised additive attention (Bahdanau et al.
   * 2015; Salimans and Kingma 2016) with the current h_t as query, as {@code gnmt_v2} in
   * github.com/tensorflow/nmt: over the source's outputs m_s,
   *
   * <pre>
   *   e_s = gain · v/‖v‖ · tanh(h_t·W_q + m_s·W_m + offset)
   *   context_t = Σ_s softmax(e)_s · m_s             over the words of the sentence, no padding
   * </pre>
   *
   * It takes a second input, the source's outputs. The first step has h₀, c₀ and context₀ = 0.
   *
   * @param memory channels of the source's outputs
   * @param gain first value of the gain: how sharply attention can tell words apart at first
   * @param weights of W_x, [input, 4·channels], W_h, [channels + memory, 4·channels] for h_{t−1}
   *     and the context, W_q, [channels, channels], W_m, [memory, channels], and v, [channels]
   */
  record AttentionLstm(
      String name, int channels, int memory, double forgetBias, double gain, Initializer weights)
      implements SequenceLayer {
    @Override
    public Shape output(Shape input) {
      return Shape.vector(channels + memory);
    }

    @Override
    public List<Tensor> tensors(Shape input) {
      List<Tensor> tensors =
          new ArrayList<>(
              gateTensors(
                  name, input.channels(), channels + memory, channels, forgetBias, weights));
      tensors.add(tensor("query", List.of(channels, channels), Kind.WEIGHT, weights));
      tensors.add(tensor("memory", List.of(memory, channels), Kind.WEIGHT, weights));
      tensors.add(tensor("score", List.of(channels), Kind.WEIGHT, weights));
      tensors.add(tensor("gain", List.of(1), Kind.NORM_SCALE, new Constant((float) gain)));
      tensors.add(tensor("offset", List.of(channels), Kind.BIAS, new Constant(0)));
      return List.copyOf(tensors);
    }

    private Tensor tensor(String what, List<Integer> shape, Kind kind, Initializer initializer) {
      return new Tensor(name + "." + what, name, shape, kind, initializer);
    }

    /** With the projection of one source word; the sums over the source are not counted. */
    @Override
    public long multiplyAdds(Shape input) {
      return 4L * channels * (input.channels() + channels + memory) + attentionMultiplyAdds();
    }

    /** Those of query and key. */
    public long attentionMultiplyAdds() {
      return (long) channels * (channels + memory);
    }

    @Override
    public String kind() {
      return "attention lstm";
    }
  }

  /** The channels of a second input behind those of the first. */
  record Concatenation(String name, int more) implements SequenceLayer {
    @Override
    public Shape output(Shape input) {
      return Shape.vector(input.channels() + more);
    }
  }

  /** Some of the channels, from {@code first} on. */
  record Part(String name, int first, int channels) implements SequenceLayer {
    @Override
    public Shape output(Shape input) {
      if (first + channels > input.channels()) {
        throw new Refusal(
            "Layer %s: channels %d to %d of an input that has %d."
                .formatted(name, first, first + channels - 1, input.channels()));
      }
      return Shape.vector(channels);
    }
  }

  private static List<Tensor> gateTensors(
      String name, int input, int recurrent, int channels, double forgetBias, Initializer weights) {
    int gates = 4 * channels;
    return List.of(
        new Tensor(name + ".input", name, List.of(input, gates), Kind.WEIGHT, weights),
        new Tensor(name + ".recurrent", name, List.of(recurrent, gates), Kind.WEIGHT, weights),
        new Tensor(
            name + ".bias",
            name,
            List.of(gates),
            Kind.BIAS,
            new Initializer.Part(channels, (float) forgetBias)));
  }
}
