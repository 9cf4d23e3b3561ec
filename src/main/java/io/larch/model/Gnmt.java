package io.larch.model;

import io.larch.config.ModelSettings;
import io.larch.config.Refusal;
import io.larch.model.Initializer.Constant;
import io.larch.model.Initializer.Uniform;
import io.larch.model.Layer.Dropout;
import io.larch.model.Layer.Linear;
import io.larch.model.SequenceLayer.AttentionLstm;
import io.larch.model.SequenceLayer.Concatenation;
import io.larch.model.SequenceLayer.Embedding;
import io.larch.model.SequenceLayer.Lstm;
import io.larch.model.SequenceLayer.Part;
import io.larch.model.SequenceLayer.Reversal;
import io.larch.model.SequenceLayer.SharedEmbedding;
import java.util.List;

/**
 * Google's translation network (Wu et al. 2016) as {@code gnmt_v2} in github.com/tensorflow/nmt and
 * MLPerf's rnn_translator have it. The encoder's first layer reads in both directions, the others
 * forwards. The decoder's first layer has the attention, whose context of the current step every
 * other layer gets beside its input. From the third layer on, in both, a layer's input is added to
 * its output. Dropout stands on what enters an LSTM, except the context.
 *
 * <p>Options: {@code layers} (4) of the encoder and of the decoder, {@code units} (1024) of each,
 * {@code dropout} (0.2), {@code embeddings} ({@code shared} by source and target, or {@code
 * separate}), {@code forget-bias} (1), {@code bound} (0.1) of the uniform first weights, {@code
 * embedding-bound} of those of the embeddings (as {@code bound}), {@code attention-gain}, the gain
 * of the attention at first (√(1 / units)). Biases begin at 0.
 */
final class Gnmt {
  private static final List<String> EMBEDDINGS = List.of("shared", "separate");

  private final NetworkBuilder network;
  private final int units;
  private final double dropout;
  private final double forgetBias;
  private final double gain;
  private final Uniform weights;
  private final Uniform embeddings;

  private Gnmt(
      NetworkBuilder network,
      int units,
      double dropout,
      double forgetBias,
      double gain,
      Uniform weights,
      Uniform embeddings) {
    this.network = network;
    this.units = units;
    this.dropout = dropout;
    this.forgetBias = forgetBias;
    this.gain = gain;
    this.weights = weights;
    this.embeddings = embeddings;
  }

  /** Builds it for a vocabulary of {@code words}. */
  static Network build(ModelSettings settings, Shape input, int words) {
    Options options =
        Options.of(
            settings,
            "layers",
            "units",
            "dropout",
            "embeddings",
            "forget-bias",
            "bound",
            "embedding-bound",
            "attention-gain");
    int layers = options.count("layers", 4);
    int units = options.count("units", 1024);
    if (layers < 2 || units < 1 || !input.equals(Shape.vector(1))) {
      throw new Refusal(
          "larch.model: gnmt needs at least 2 layers and 1 unit, not %d and %d, and takes sentences, not samples of %s."
              .formatted(layers, units, input));
    }
    double bound = options.number("bound", 0.1);
    boolean shared = options.word("embeddings", "shared", EMBEDDINGS).equals("shared");
    return new Gnmt(
            Network.of("gnmt", input, words),
            units,
            options.number("dropout", 0.2),
            options.number("forget-bias", 1),
            options.number("attention-gain", Math.sqrt(1.0 / units)),
            new Uniform(bound),
            new Uniform(options.number("embedding-bound", bound)))
        .layers(layers, words, shared);
  }

  private Network layers(int layers, int words, boolean shared) {
    Embedding source = new Embedding("embedding", words, units, embeddings);
    network.then(source);
    String encoded = encoder(layers);
    network
        .fromTarget()
        .then(
            shared
                ? new SharedEmbedding("decoder.embedding", source)
                : new Embedding("decoder.embedding", words, units, embeddings));
    decoder(layers, encoded);
    Linear classifier = Linear.of("classifier", words).initialised(weights, new Constant(0));
    return network.then(classifier).build();
  }

  /** Appends the encoder and returns the name of its last layer. */
  private String encoder(int layers) {
    drop("encoder.1.dropout");
    String read = network.here();
    network.then(lstm("encoder.1.forwards")).from(read);
    network.then(new Reversal("encoder.1.reversed")).then(lstm("encoder.1.backwards"));
    network.then(new Reversal("encoder.1.restored"));
    network.from("encoder.1.forwards");
    network.then(new Concatenation("encoder.1", units), "encoder.1.restored");
    for (int layer = 2; layer <= layers; layer++) {
      String name = "encoder." + layer;
      String before = network.here();
      drop(name + ".dropout");
      network.then(lstm(name));
      addInput(layer, name, before);
    }
    return network.here();
  }

  private void decoder(int layers, String encoded) {
    drop("decoder.1.dropout");
    network.then(new AttentionLstm("decoder.1", units, units, forgetBias, gain, weights), encoded);
    network.then(new Part("context", units, units)).from("decoder.1");
    network.then(new Part("decoder.1.state", 0, units));
    for (int layer = 2; layer <= layers; layer++) {
      String name = "decoder." + layer;
      String before = network.here();
      drop(name + ".dropout");
      network.then(new Concatenation(name + ".input", units), "context").then(lstm(name));
      addInput(layer, name, before);
    }
  }

  private void addInput(int layer, String name, String input) {
    if (layer >= 3) {
      network.add(name + ".sum", input);
    }
  }

  private Lstm lstm(String name) {
    return new Lstm(name, units, forgetBias, weights);
  }

  private void drop(String name) {
    if (dropout > 0) {
      network.then(new Dropout(name, dropout));
    }
  }
}
