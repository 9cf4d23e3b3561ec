package io.larch.compute;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.config.Precision;
import io.larch.data.Bucket;
import io.larch.data.PairBatch;
import io.larch.model.Initializer.Constant;
import io.larch.model.Initializer.Uniform;
import io.larch.model.Layer.Linear;
import io.larch.model.Layer.Relu;
import io.larch.model.Layout;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.model.SequenceLayer.AttentionLstm;
import io.larch.model.SequenceLayer.Concatenation;
import io.larch.model.SequenceLayer.Embedding;
import io.larch.model.SequenceLayer.Lstm;
import io.larch.model.SequenceLayer.Part;
import io.larch.model.SequenceLayer.Reversal;
import io.larch.model.SequenceLayer.SharedEmbedding;
import io.larch.model.Shape;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A network that translates, weights and pairs, to be run in several ways. */
final class PairTrial {
  static final long SEED = 7;
  static final int WORDS = 11;
  private static final Uniform WEIGHTS = new Uniform(0.6);

  final Network network;
  final Map<String, double[]> weights;

  PairTrial(Network network) {
    this.network = network;
    weights = new TreeMap<>(ReferenceNetwork.initial(network, SEED));
    weights.replaceAll(PairTrial::unsettled);
  }

  /** Values that bf16 can hold, none of them constant over a tensor. */
  private static double[] unsettled(String name, double[] values) {
    RandomStream stream = RandomStream.of(SEED, Purpose.BENCHMARK).named(name);
    boolean isWeight = Arrays.stream(values).distinct().count() > 2;
    double[] changed = new double[values.length];
    Arrays.setAll(
        changed,
        i -> {
          double value = isWeight ? values[i] : values[i] + stream.uniform(i, -0.3, 0.5);
          return Float.intBitsToFloat(Float.floatToIntBits((float) value) & 0xFFFF0000);
        });
    return changed;
  }

  static Network gnmt(String options) {
    return Networks.build(
        new ModelSettings("gnmt", 0.1, ConfigFactory.parseString(options + "\nbound = 0.6")),
        Shape.vector(1),
        WORDS);
  }

  /** Small networks, one for each layer and way in which layers meet, with odd sizes. */
  static Map<String, Network> networks() {
    Embedding source = new Embedding("source", WORDS, 5, WEIGHTS);
    Embedding target = new Embedding("target", WORDS, 6, WEIGHTS);
    AttentionLstm attention = new AttentionLstm("attention", 7, 5, 1, 0.4, WEIGHTS);
    Linear classifier = Linear.of("fc", WORDS).initialised(WEIGHTS, new Constant(0));
    Map<String, Network> networks = new TreeMap<>();
    networks.put(
        "attention",
        Network.of("small", Shape.vector(1), WORDS)
            .then(source)
            .fromTarget()
            .then(target)
            .then(attention, "source")
            .then(classifier)
            .build()
            .withLabelSmoothing(0.1));
    networks.put(
        "shared embedding and relu",
        Network.of("small", Shape.vector(1), WORDS)
            .then(source)
            .fromTarget()
            .then(new SharedEmbedding("again", source))
            .then(Linear.of("fc1", 9))
            .then(new Relu("relu"))
            .then(new AttentionLstm("attention", 4, 5, 0, 0.5, WEIGHTS), "source")
            .then(classifier)
            .build());
    networks.put(
        "lstm backwards",
        Network.of("small", Shape.vector(1), WORDS)
            .then(source)
            .then(new Reversal("reversed"))
            .then(new Lstm("lstm", 5, 1, WEIGHTS))
            .then(new Reversal("restored"))
            .add("sum", "source")
            .fromTarget()
            .then(target)
            .then(attention, "sum")
            .then(classifier)
            .build());
    networks.put(
        "parts and concatenation",
        Network.of("small", Shape.vector(1), WORDS)
            .then(source)
            .fromTarget()
            .then(target)
            .then(attention, "source")
            .then(new Part("context", 7, 5))
            .from("target")
            .then(new Concatenation("both", 5), "context")
            .then(new Lstm("lstm", 3, 0, WEIGHTS))
            .then(new Concatenation("all", 12), "attention")
            .then(classifier)
            .build());
    networks.put("gnmt", gnmt("layers = 3, units = 4, dropout = 0.3, embeddings = separate"));
    return networks;
  }

  /** Pairs of odd lengths, the longest of which fills the shape; one is blank of words. */
  static PairBatch pairs(Bucket bucket, long first) {
    RandomStream stream = RandomStream.of(SEED, Purpose.BENCHMARK).at(first);
    int[][] sources = new int[4][];
    int[][] targets = new int[4][];
    for (int i = 0; i < 4; i++) {
      int shorter = i == 3 ? Integer.MAX_VALUE : i;
      sources[i] = sentence(stream.at(2L * i), Math.max(0, bucket.source() - 1 - shorter));
      targets[i] = sentence(stream.at(2L * i + 1), Math.max(0, bucket.target() - 1 - shorter));
    }
    return PairBatch.of(sources, targets, bucket, first);
  }

  private static int[] sentence(RandomStream stream, int length) {
    int[] words = new int[length];
    Arrays.setAll(words, i -> 4 + stream.below(i, WORDS - 4));
    return words;
  }

  /** The flat block of the weights; the caller owns it. */
  FloatBlock weightBlock() {
    FloatBlock block = FloatBlock.allocate(network.layout().floats());
    for (Layout.Place place : network.layout().places()) {
      FloatBuffer view = block.view(place.from(), place.size());
      for (double value : weights.get(place.tensor().name())) {
        view.put((float) value);
      }
    }
    return block;
  }

  /** One step a micro-batch, all into one gradient. */
  Trial.Run run(Device device, Precision precision, PairBatch... batches) {
    return device.submit(() -> step(device, precision, batches)).join();
  }

  private Trial.Run step(Device device, Precision precision, PairBatch... batches) {
    List<Bucket> buckets = Arrays.stream(batches).map(PairBatch::bucket).distinct().toList();
    try (TranslationTraining program =
            device.compileTranslation(network, batches[0].count(), buckets, precision, SEED);
        FloatBlock weightBlock = weightBlock();
        FloatBlock gradient = FloatBlock.allocate(network.layout().floats())) {
      program.pack(weightBlock);
      List<String> layers = new ArrayList<>();
      Outcome outcome = Outcome.NONE;
      for (int i = 0; i < batches.length; i++) {
        layers.clear();
        outcome = outcome.plus(program.step(batches[i], gradient, i > 0, layers::add));
      }
      float[] bits = new float[(int) gradient.floats()];
      gradient.view(0, bits.length).get(bits);
      return new Trial.Run(outcome, bits, layers);
    }
  }
}
