package io.larch.compute;

import io.larch.data.PairBatch;
import io.larch.model.Layer;
import io.larch.model.Network;
import io.larch.model.Network.Node;
import io.larch.model.SequenceLayer;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The slow, obvious twin of a network that translates: forward in double precision, a pair of
 * sentences by itself, so without padding. Its gradient is the slope of its loss.
 */
final class ReferenceTranslator {
  private static final double STEP = 1e-5;

  private final Network network;
  private final long seed;
  private final boolean training;
  private Map<String, double[]> weights;
  private double[][][] outputs;
  private int[] source;
  private int[] target;
  private long position;

  /**
   * @param training whether dropout drops
   */
  ReferenceTranslator(Network network, long seed, boolean training) {
    this.network = network;
    this.seed = seed;
    this.training = training;
  }

  /** Sum of the losses of all words to be said. */
  double loss(Map<String, double[]> newWeights, PairBatch pairs) {
    weights = newWeights;
    double sum = 0;
    for (int pair = 0; pair < pairs.count(); pair++) {
      double[][] logits = logits(pairs, pair);
      for (int step = 0; step < logits.length; step++) {
        int label = pairs.labels()[pair * pairs.bucket().target() + step];
        sum += label < 0 ? 0 : loss(logits[step], label);
      }
    }
    return sum;
  }

  /** Logits [T][words] of a pair. */
  double[][] logits(Map<String, double[]> newWeights, PairBatch pairs, int pair) {
    weights = newWeights;
    return logits(pairs, pair);
  }

  private double[][] logits(PairBatch pairs, int pair) {
    source = words(pairs.source(), pairs.bucket().source(), pair, pairs.sourceLengths()[pair]);
    target = words(pairs.target(), pairs.bucket().target(), pair, pairs.targetLengths()[pair]);
    position = pairs.first() + pair;
    outputs = new double[network.nodes().size()][][];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = forward(network.nodes().get(i));
    }
    return outputs[outputs.length - 1];
  }

  private static int[] words(int[] all, int width, int pair, int length) {
    return Arrays.copyOfRange(all, pair * width, pair * width + length);
  }

  private double loss(double[] logits, int label) {
    double total = Arrays.stream(logits).map(Math::exp).sum();
    double smoothing = network.labelSmoothing();
    double sum = 0;
    for (int word = 0; word < logits.length; word++) {
      double wanted = smoothing / logits.length + (word == label ? 1 - smoothing : 0);
      sum -= wanted * (logits[word] - Math.log(total));
    }
    return sum;
  }

  /** The slope of the loss along each parameter, by tensor. */
  Map<String, double[]> gradient(Map<String, double[]> at, PairBatch pairs) {
    Map<String, double[]> gradient = new LinkedHashMap<>();
    Map<String, double[]> moved = new HashMap<>(at);
    at.forEach(
        (name, values) -> {
          double[] own = values.clone();
          moved.put(name, own);
          double[] slopes = new double[values.length];
          for (int i = 0; i < values.length; i++) {
            own[i] = values[i] + STEP;
            double above = loss(moved, pairs);
            own[i] = values[i] - STEP;
            slopes[i] = (above - loss(moved, pairs)) / (2 * STEP);
            own[i] = values[i];
          }
          gradient.put(name, slopes);
        });
    return gradient;
  }

  private double[][] forward(Node node) {
    int first = node.inputs().get(0);
    double[][] x = first < 0 ? null : outputs[first];
    double[][] second = node.inputs().size() < 2 ? null : outputs[node.inputs().get(1)];
    Layer layer = node.layer();
    if (layer instanceof SequenceLayer.Embedding table) {
      return look(table, first == Network.TARGET ? target : source);
    } else if (layer instanceof SequenceLayer.SharedEmbedding shared) {
      return look(shared.table(), first == Network.TARGET ? target : source);
    } else if (layer instanceof SequenceLayer.Lstm lstm) {
      return lstm(lstm, x);
    } else if (layer instanceof SequenceLayer.AttentionLstm lstm) {
      return attend(lstm, x, second);
    } else if (layer instanceof SequenceLayer.Reversal) {
      double[][] turned = new double[x.length][];
      Arrays.setAll(turned, t -> x[x.length - 1 - t]);
      return turned;
    } else if (layer instanceof SequenceLayer.Concatenation) {
      return each(x.length, t -> concatenated(x[t], second[t]));
    } else if (layer instanceof SequenceLayer.Part part) {
      int from = part.first();
      return each(x.length, t -> Arrays.copyOfRange(x[t], from, from + part.channels()));
    } else if (layer instanceof Layer.Add) {
      return each(x.length, t -> sum(x[t], second[t]));
    } else if (layer instanceof Layer.Relu) {
      return each(x.length, t -> Arrays.stream(x[t]).map(v -> Math.max(v, 0)).toArray());
    } else if (layer instanceof Layer.Dropout dropout) {
      return each(x.length, t -> dropped(dropout, x[t], t));
    } else if (layer instanceof Layer.Linear linear) {
      return each(x.length, t -> linear(linear.name(), x[t]));
    }
    throw new IllegalArgumentException("no twin of " + layer);
  }

  private interface Row {
    double[] at(int step);
  }

  private static double[][] each(int steps, Row row) {
    double[][] rows = new double[steps][];
    Arrays.setAll(rows, row::at);
    return rows;
  }

  private double[][] look(SequenceLayer.Embedding table, int[] words) {
    double[] values = weights.get(table.name() + ".weight");
    int width = table.channels();
    return each(
        words.length, t -> Arrays.copyOfRange(values, words[t] * width, (words[t] + 1) * width));
  }

  private double[][] lstm(SequenceLayer.Lstm lstm, double[][] x) {
    double[] c = new double[lstm.channels()];
    double[] h = new double[lstm.channels()];
    double[][] all = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      h = cell(lstm.name(), x[t], h, c);
      all[t] = h;
    }
    return all;
  }

  /** The new h; c is moved on. */
  private double[] cell(String name, double[] x, double[] before, double[] c) {
    double[] gates = sum(times(x, name + ".input"), times(before, name + ".recurrent"));
    gates = sum(gates, weights.get(name + ".bias"));
    int channels = c.length;
    double[] h = new double[channels];
    for (int j = 0; j < channels; j++) {
      double in = logistic(gates[j]);
      double forget = logistic(gates[channels + j]);
      double out = logistic(gates[3 * channels + j]);
      c[j] = forget * c[j] + in * Math.tanh(gates[2 * channels + j]);
      h[j] = out * Math.tanh(c[j]);
    }
    return h;
  }

  private double[][] attend(SequenceLayer.AttentionLstm lstm, double[][] x, double[][] memory) {
    double[] c = new double[lstm.channels()];
    double[] before = new double[lstm.channels() + lstm.memory()];
    double[][] all = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] h = cell(lstm.name(), x[t], before, c);
      before = concatenated(h, context(lstm, h, memory));
      all[t] = before;
    }
    return all;
  }

  private double[] context(SequenceLayer.AttentionLstm lstm, double[] h, double[][] memory) {
    double[] v = weights.get(lstm.name() + ".score");
    double norm = Math.sqrt(Arrays.stream(v).map(a -> a * a).sum());
    double gain = weights.get(lstm.name() + ".gain")[0];
    double[] query = sum(times(h, lstm.name() + ".query"), weights.get(lstm.name() + ".offset"));
    double[] powers = new double[memory.length];
    for (int s = 0; s < memory.length; s++) {
      double[] key = sum(query, times(memory[s], lstm.name() + ".memory"));
      double score = 0;
      for (int a = 0; a < key.length; a++) {
        score += gain * v[a] / norm * Math.tanh(key[a]);
      }
      powers[s] = Math.exp(score);
    }
    double total = Arrays.stream(powers).sum();
    double[] context = new double[lstm.memory()];
    for (int s = 0; s < memory.length; s++) {
      for (int d = 0; d < context.length; d++) {
        context[d] += powers[s] / total * memory[s][d];
      }
    }
    return context;
  }

  private double[] dropped(Layer.Dropout dropout, double[] x, int step) {
    RandomStream stream = RandomStream.of(seed, Purpose.DROPOUT).named(dropout.name()).at(position);
    double p = dropout.probability();
    double[] kept = x.clone();
    for (int i = 0; training && i < x.length; i++) {
      kept[i] = stream.uniform((long) step * x.length + i) < p ? 0 : x[i] / (1 - p);
    }
    return kept;
  }

  private double[] linear(String name, double[] x) {
    double[] y = weights.get(name + ".bias").clone();
    double[] w = weights.get(name + ".weight");
    for (int o = 0; o < y.length; o++) {
      for (int i = 0; i < x.length; i++) {
        y[o] += w[o * x.length + i] * x[i];
      }
    }
    return y;
  }

  /** x·W for W of [in, out]. */
  private double[] times(double[] x, String tensor) {
    double[] w = weights.get(tensor);
    double[] y = new double[w.length / x.length];
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < y.length; o++) {
        y[o] += x[i] * w[i * y.length + o];
      }
    }
    return y;
  }

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double[] sum(double[] a, double[] b) {
    double[] sum = new double[a.length];
    Arrays.setAll(sum, i -> a[i] + b[i]);
    return sum;
  }

  private static double[] concatenated(double[] a, double[] b) {
    double[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
