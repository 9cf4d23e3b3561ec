package io.larch.compute;

import io.larch.model.Layer;
import io.larch.model.Network;
import io.larch.model.Network.Node;
import io.larch.model.Shape;
import io.larch.model.Tensor;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The slow, obvious twin of a compiled network: every layer as nested loops in double precision
 * over row-major arrays [N, C, H, W]. Weights, gradients and statistics are maps by tensor name.
 */
public final class ReferenceNetwork {
  /**
   * @param lossSum sum of the samples' losses
   * @param logits [N, classes]
   * @param gradient of the sum of losses by tensor name; mean and unbiased variance for statistics
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Result(double lossSum, double[] logits, Map<String, double[]> gradient) {}

  private final Network network;
  private final long seed;
  private Map<String, double[]> weights;
  private Map<String, double[]> gradient;
  private double[][] outputs;
  private double[][] differences;
  private int batch;
  private long firstPosition;
  private boolean training;
  private double[] images;

  public ReferenceNetwork(Network network, long seed) {
    this.network = network;
    this.seed = seed;
  }

  /** Forward and backward of one micro-batch. */
  public Result step(
      Map<String, double[]> newWeights, double[] newImages, int[] labels, long position) {
    firstPosition = position;
    training = true;
    double[] logits = forward(newWeights, newImages, labels.length);
    gradient = new LinkedHashMap<>();
    differences = new double[outputs.length][];
    double[] difference = new double[logits.length];
    double loss = loss(logits, labels, difference);
    differences[outputs.length - 1] = difference;
    for (int i = outputs.length - 1; i >= 0; i--) {
      backward(i);
    }
    return new Result(loss, logits, gradient);
  }

  /** Logits with running statistics and without dropout. */
  public double[] infer(Map<String, double[]> newWeights, double[] newImages, int samples) {
    training = false;
    return forward(newWeights, newImages, samples);
  }

  private double[] forward(Map<String, double[]> newWeights, double[] newImages, int samples) {
    weights = newWeights;
    images = newImages;
    batch = samples;
    outputs = new double[network.nodes().size()][];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = forward(network.nodes().get(i));
    }
    return outputs[outputs.length - 1];
  }

  private double loss(double[] logits, int[] labels, double[] difference) {
    int classes = network.classes();
    double s = network.labelSmoothing();
    double sum = 0;
    for (int n = 0; n < batch; n++) {
      if (labels[n] < 0) {
        continue; // a sample of weight 0
      }
      double[] z = Arrays.copyOfRange(logits, n * classes, (n + 1) * classes);
      double largest = Arrays.stream(z).max().orElseThrow();
      double total = Arrays.stream(z).map(v -> Math.exp(v - largest)).sum();
      for (int c = 0; c < classes; c++) {
        double target = s / classes + (c == labels[n] ? 1 - s : 0);
        double logProbability = z[c] - largest - Math.log(total);
        sum -= target * logProbability;
        difference[n * classes + c] = Math.exp(logProbability) - target;
      }
    }
    return sum;
  }

  private double[] input(int index) {
    return index == Network.INPUT ? images : outputs[index];
  }

  private double[] forward(Node node) {
    double[] x = input(node.inputs().get(0));
    double[] y = new double[batch * node.output().size()];
    Layer layer = node.layer();
    if (layer instanceof Layer.Convolution convolution) {
      convolve(node, convolution, x, y, null, null);
    } else if (layer instanceof Layer.Linear linear) {
      linear(node, linear, x, y);
    } else if (layer instanceof Layer.BatchNorm norm) {
      normalise(node, norm, x, y);
    } else if (layer instanceof Layer.LocalResponseNorm norm) {
      Arrays.setAll(y, i -> x[i] * Math.pow(response(node, norm, x, i), -norm.beta()));
    } else if (layer instanceof Layer.Relu) {
      Arrays.setAll(y, i -> Math.max(x[i], 0));
    } else if (layer instanceof Layer.Pool pool) {
      pool(node, pool, x, y, null, null);
    } else if (layer instanceof Layer.GlobalPool) {
      int area = node.shape().height() * node.shape().width();
      for (int i = 0; i < x.length; i++) {
        y[i / area] += x[i] / area;
      }
    } else if (layer instanceof Layer.Add) {
      double[] other = input(node.inputs().get(1));
      Arrays.setAll(y, i -> x[i] + other[i]);
    } else if (layer instanceof Layer.Dropout dropout) {
      Arrays.setAll(y, i -> x[i] * mask(node, dropout, i));
    }
    return y;
  }

  private void backward(int index) {
    Node node = network.nodes().get(index);
    double[] dy = differences[index];
    double[] x = input(node.inputs().get(0));
    double[] y = outputs[index];
    double[] dx = new double[x.length];
    Layer layer = node.layer();
    if (layer instanceof Layer.Convolution convolution) {
      convolve(node, convolution, x, null, dx, dy);
    } else if (layer instanceof Layer.Linear linear) {
      linearBackward(node, linear, x, dx, dy);
    } else if (layer instanceof Layer.BatchNorm norm) {
      normaliseBackward(node, norm, x, dx, dy);
    } else if (layer instanceof Layer.LocalResponseNorm norm) {
      responseBackward(node, norm, x, dx, dy);
    } else if (layer instanceof Layer.Relu) {
      Arrays.setAll(dx, i -> y[i] > 0 ? dy[i] : 0);
    } else if (layer instanceof Layer.Pool pool) {
      pool(node, pool, x, null, dx, dy);
    } else if (layer instanceof Layer.GlobalPool) {
      int area = node.shape().height() * node.shape().width();
      Arrays.setAll(dx, i -> dy[i / area] / area);
    } else if (layer instanceof Layer.Add) {
      Arrays.setAll(dx, i -> dy[i]);
      pass(node.inputs().get(1), dx);
    } else if (layer instanceof Layer.Dropout dropout) {
      Arrays.setAll(dx, i -> dy[i] * mask(node, dropout, i));
    }
    pass(node.inputs().get(0), dx);
  }

  private void pass(int index, double[] dx) {
    if (index == Network.INPUT) {
      return;
    }
    double[] sum = differences[index];
    if (sum == null) {
      differences[index] = dx.clone();
    } else {
      Arrays.setAll(sum, i -> sum[i] + dx[i]);
    }
  }

  private double mask(Node node, Layer.Dropout dropout, int i) {
    if (!training) {
      return 1;
    }
    int size = node.shape().size();
    float drawn =
        RandomStream.of(seed, Purpose.DROPOUT)
            .named(dropout.name())
            .at(firstPosition + i / size)
            .uniform(i % size);
    return drawn < dropout.probability() ? 0 : 1 / (1 - dropout.probability());
  }

  /** Forward into y, or backward into dx and the gradient, from dy. */
  private void convolve(
      Node node, Layer.Convolution layer, double[] x, double[] y, double[] dx, double[] dy) {
    Shape in = node.shape();
    Shape out = node.output();
    double[] w = weights.get(layer.name() + ".weight");
    double[] b = weights.get(layer.name() + ".bias");
    double[] dw = new double[w.length];
    double[] db = new double[layer.channels()];
    int depth = in.channels() / layer.groups();
    int width = layer.channels() / layer.groups();
    int k = layer.kernel();
    int to = 0;
    for (int n = 0; n < batch; n++) {
      for (int o = 0; o < layer.channels(); o++) {
        for (int oy = 0; oy < out.height(); oy++) {
          for (int ox = 0; ox < out.width(); ox++, to++) {
            double sum = b == null ? 0 : b[o];
            if (dy != null) {
              db[o] += dy[to];
            }
            for (int c = 0; c < depth; c++) {
              int channel = n * in.channels() + o / width * depth + c;
              for (int ky = 0; ky < k; ky++) {
                int iy = oy * layer.stride() + ky - layer.padding();
                if (iy < 0 || iy >= in.height()) {
                  continue;
                }
                for (int kx = 0; kx < k; kx++) {
                  int ix = ox * layer.stride() + kx - layer.padding();
                  if (ix < 0 || ix >= in.width()) {
                    continue;
                  }
                  int from = (channel * in.height() + iy) * in.width() + ix;
                  int weight = ((o * depth + c) * k + ky) * k + kx;
                  if (dy == null) {
                    sum += x[from] * w[weight];
                  } else {
                    dx[from] += dy[to] * w[weight];
                    dw[weight] += dy[to] * x[from];
                  }
                }
              }
            }
            if (dy == null) {
              y[to] = sum;
            }
          }
        }
      }
    }
    if (dy != null) {
      storeGradient(layer.name(), dw, b == null ? null : db);
    }
  }

  private void storeGradient(String layer, double[] dw, double[] db) {
    gradient.put(layer + ".weight", dw);
    if (db != null) {
      gradient.put(layer + ".bias", db);
    }
  }

  private void linear(Node node, Layer.Linear layer, double[] x, double[] y) {
    int size = node.shape().size();
    double[] w = weights.get(layer.name() + ".weight");
    double[] b = weights.get(layer.name() + ".bias");
    for (int i = 0; i < y.length; i++) {
      int o = i % layer.channels();
      int from = i / layer.channels() * size;
      y[i] = b == null ? 0 : b[o];
      for (int c = 0; c < size; c++) {
        y[i] += w[o * size + c] * x[from + c];
      }
    }
  }

  private void linearBackward(Node node, Layer.Linear layer, double[] x, double[] dx, double[] dy) {
    int size = node.shape().size();
    double[] w = weights.get(layer.name() + ".weight");
    double[] dw = new double[w.length];
    double[] db = new double[layer.channels()];
    for (int i = 0; i < dy.length; i++) {
      int o = i % layer.channels();
      int from = i / layer.channels() * size;
      db[o] += dy[i];
      for (int c = 0; c < size; c++) {
        dw[o * size + c] += dy[i] * x[from + c];
        dx[from + c] += dy[i] * w[o * size + c];
      }
    }
    storeGradient(layer.name(), dw, layer.biases() == null ? null : db);
  }

  private static int channel(Node node, int i) {
    Shape shape = node.shape();
    return i / (shape.height() * shape.width()) % shape.channels();
  }

  private double[] means(Node node, double[] x) {
    double[] means = new double[node.shape().channels()];
    double count = (double) x.length / means.length;
    for (int i = 0; i < x.length; i++) {
      means[channel(node, i)] += x[i] / count;
    }
    return means;
  }

  private double[] variances(Node node, double[] x, double[] means) {
    double[] squares = new double[x.length];
    Arrays.setAll(squares, i -> Math.pow(x[i] - means[channel(node, i)], 2));
    return means(node, squares);
  }

  private double scale(Layer.BatchNorm layer, int channel) {
    return layer.affine() ? weights.get(layer.name() + ".weight")[channel] : 1;
  }

  private void normalise(Node node, Layer.BatchNorm layer, double[] x, double[] y) {
    double[] mean = training ? means(node, x) : weights.get(layer.name() + ".running_mean");
    double[] variance =
        training ? variances(node, x, mean) : weights.get(layer.name() + ".running_var");
    for (int i = 0; i < x.length; i++) {
      int c = channel(node, i);
      double shift = layer.affine() ? weights.get(layer.name() + ".bias")[c] : 0;
      double normal = (x[i] - mean[c]) / Math.sqrt(variance[c] + layer.epsilon());
      y[i] = scale(layer, c) * normal + shift;
    }
  }

  private void normaliseBackward(
      Node node, Layer.BatchNorm layer, double[] x, double[] dx, double[] dy) {
    double[] mean = means(node, x);
    double[] variance = variances(node, x, mean);
    double count = (double) x.length / mean.length;
    double[] dScale = new double[mean.length];
    double[] dShift = new double[mean.length];
    double[] normal = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int c = channel(node, i);
      normal[i] = (x[i] - mean[c]) / Math.sqrt(variance[c] + layer.epsilon());
      dScale[c] += dy[i] * normal[i];
      dShift[c] += dy[i];
    }
    for (int i = 0; i < x.length; i++) {
      int c = channel(node, i);
      dx[i] =
          scale(layer, c)
              / Math.sqrt(variance[c] + layer.epsilon())
              * (dy[i] - dShift[c] / count - normal[i] * dScale[c] / count);
    }
    if (layer.affine()) {
      storeGradient(layer.name(), dScale, dShift);
    }
    gradient.put(layer.name() + ".running_mean", mean);
    gradient.put(
        layer.name() + ".running_var",
        Arrays.stream(variance).map(v -> v * count / (count - 1)).toArray());
  }

  /** 1 + alpha / size · Σ x² around value i. */
  private static double response(Node node, Layer.LocalResponseNorm layer, double[] x, int i) {
    double sum = 0;
    for (int other : neighbours(node, layer, i)) {
      sum += x[other] * x[other];
    }
    return 1 + layer.alpha() / layer.size() * sum;
  }

  /** Indices of the values that normalise value i; it normalises the same ones. */
  private static int[] neighbours(Node node, Layer.LocalResponseNorm layer, int i) {
    int area = node.shape().height() * node.shape().width();
    int channel = channel(node, i);
    int from = Math.max(channel - layer.size() / 2, 0);
    int to = Math.min(channel + layer.size() / 2, node.shape().channels() - 1);
    return IntStream.rangeClosed(from, to).map(c -> i + (c - channel) * area).toArray();
  }

  private static void responseBackward(
      Node node, Layer.LocalResponseNorm layer, double[] x, double[] dx, double[] dy) {
    for (int i = 0; i < x.length; i++) {
      double response = response(node, layer, x, i);
      dx[i] += dy[i] * Math.pow(response, -layer.beta());
      double inner = dy[i] * x[i] * -layer.beta() * Math.pow(response, -layer.beta() - 1);
      for (int other : neighbours(node, layer, i)) {
        dx[other] += inner * 2 * layer.alpha() / layer.size() * x[other];
      }
    }
  }

  /** Forward into y, or backward from dy into dx. */
  private void pool(Node node, Layer.Pool layer, double[] x, double[] y, double[] dx, double[] dy) {
    Shape in = node.shape();
    Shape out = node.output();
    boolean maximum = layer.reduction() == Layer.Pool.Reduction.MAXIMUM;
    int to = 0;
    for (int plane = 0; plane < batch * in.channels(); plane++) {
      for (int oy = 0; oy < out.height(); oy++) {
        for (int ox = 0; ox < out.width(); ox++, to++) {
          int best = -1;
          double sum = 0;
          int count = 0;
          int top = oy * layer.stride() - layer.padding();
          int left = ox * layer.stride() - layer.padding();
          for (int iy = Math.max(top, 0); iy < Math.min(top + layer.window(), in.height()); iy++) {
            for (int ix = Math.max(left, 0);
                ix < Math.min(left + layer.window(), in.width());
                ix++) {
              int from = (plane * in.height() + iy) * in.width() + ix;
              best = best < 0 || x[from] > x[best] ? from : best;
              sum += x[from];
              count++;
            }
          }
          if (dy == null) {
            y[to] = maximum ? x[best] : sum / count;
          } else if (maximum) {
            dx[best] += dy[to];
          } else {
            for (int iy = Math.max(top, 0);
                iy < Math.min(top + layer.window(), in.height());
                iy++) {
              for (int ix = Math.max(left, 0);
                  ix < Math.min(left + layer.window(), in.width());
                  ix++) {
                dx[(plane * in.height() + iy) * in.width() + ix] += dy[to] / count;
              }
            }
          }
        }
      }
    }
  }

  /** First values of all tensors of a network, as the run begins with them. */
  public static Map<String, double[]> initial(Network network, long seed) {
    Map<String, double[]> values = new HashMap<>();
    for (Node node : network.nodes()) {
      for (Tensor tensor : node.tensors()) {
        RandomStream stream = RandomStream.of(seed, Purpose.INITIALISATION).named(tensor.name());
        double[] own = new double[tensor.size()];
        Arrays.setAll(own, i -> tensor.initializer().value(stream, i));
        values.put(tensor.name(), own);
      }
    }
    return values;
  }
}
