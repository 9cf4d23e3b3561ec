package io.larch.model;

import io.larch.config.Refusal;
import io.larch.model.Initializer.Constant;
import io.larch.model.Initializer.Gaussian;
import io.larch.model.Tensor.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One layer of a network: what it computes, not how. Each knows the shape it makes of an input, the
 * tensors it keeps and what it costs.
 */
public sealed interface Layer
    permits Layer.Convolution,
        Layer.Linear,
        Layer.BatchNorm,
        Layer.LocalResponseNorm,
        Layer.Relu,
        Layer.Pool,
        Layer.GlobalPool,
        Layer.Add,
        Layer.Dropout,
        SequenceLayer {
  /** Unique in the network; the names of its tensors begin with it. */
  String name();

  /** Shape of the output for an input; refuses an input that the layer cannot take. */
  Shape output(Shape input);

  /** The tensors kept for an input, trained ones first. */
  default List<Tensor> tensors(Shape input) {
    return List.of();
  }

  /** Multiplications (each with an addition) for one sample, forward. */
  default long multiplyAdds(Shape input) {
    return 0;
  }

  /** What the layer is called in tables, such as {@code convolution}. */
  default String kind() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /**
   * Cross-correlation with square kernels: [C, H, W] to [channels, H', W'] with H' = (H + 2·padding
   * − kernel) / stride + 1, rounded down.
   *
   * @param weights null stands for {@link Gaussian#he}
   * @param biases null for a convolution without bias
   */
  record Convolution(
      String name,
      int channels,
      int kernel,
      int stride,
      int padding,
      int groups,
      Initializer weights,
      Initializer biases)
      implements Layer {

    public Convolution {
      refuseBelow(name, "channels", channels, 1);
      refuseBelow(name, "kernel", kernel, 1);
      refuseBelow(name, "stride", stride, 1);
      refuseBelow(name, "padding", padding, 0);
      refuseBelow(name, "groups", groups, 1);
    }

    /** Stride 1, no padding, one group, He weights, biases of 0. */
    public static Convolution of(String name, int channels, int kernel) {
      return new Convolution(name, channels, kernel, 1, 0, 1, null, new Constant(0));
    }

    public Convolution stride(int by) {
      return new Convolution(name, channels, kernel, by, padding, groups, weights, biases);
    }

    public Convolution padding(int pixels) {
      return new Convolution(name, channels, kernel, stride, pixels, groups, weights, biases);
    }

    public Convolution groups(int number) {
      return new Convolution(name, channels, kernel, stride, padding, number, weights, biases);
    }

    public Convolution withoutBias() {
      return initialised(weights, null);
    }

    public Convolution initialised(Initializer newWeights, Initializer newBiases) {
      return new Convolution(
          name, channels, kernel, stride, padding, groups, newWeights, newBiases);
    }

    @Override
    public Shape output(Shape input) {
      if (input.channels() % groups != 0 || channels % groups != 0) {
        throw new Refusal(
            "Layer %s: %d input and %d output channels do not divide into %d groups."
                .formatted(name, input.channels(), channels, groups));
      }
      return new Shape(channels, extent(input, input.height()), extent(input, input.width()));
    }

    private int extent(Shape input, int size) {
      int room = size + 2 * padding - kernel;
      if (room < 0) {
        throw new Refusal(
            "Layer %s: a kernel of %d does not fit into %s with padding %d; use a smaller kernel or more padding."
                .formatted(name, kernel, input, padding));
      }
      return room / stride + 1;
    }

    @Override
    public List<Tensor> tensors(Shape input) {
      int depth = input.channels() / groups;
      List<Integer> shape = List.of(channels, depth, kernel, kernel);
      return weightAndBias(name, shape, depth * kernel * kernel, weights, biases);
    }

    @Override
    public long multiplyAdds(Shape input) {
      return (long) output(input).size() * (input.channels() / groups) * kernel * kernel;
    }
  }

  /**
   * y = W·x + b over the flattened input.
   *
   * @param weights null stands for {@link Gaussian#he}
   * @param biases null for a layer without bias
   */
  record Linear(String name, int channels, Initializer weights, Initializer biases)
      implements Layer {
    public Linear {
      refuseBelow(name, "channels", channels, 1);
    }

    /** He weights, biases of 0. */
    public static Linear of(String name, int channels) {
      return new Linear(name, channels, null, new Constant(0));
    }

    public Linear withoutBias() {
      return initialised(weights, null);
    }

    public Linear initialised(Initializer newWeights, Initializer newBiases) {
      return new Linear(name, channels, newWeights, newBiases);
    }

    @Override
    public Shape output(Shape input) {
      return Shape.vector(channels);
    }

    @Override
    public List<Tensor> tensors(Shape input) {
      return weightAndBias(name, List.of(channels, input.size()), input.size(), weights, biases);
    }

    @Override
    public long multiplyAdds(Shape input) {
      return (long) channels * input.size();
    }
  }

  /**
   * Batch normalisation (Ioffe and Szegedy 2015) over the micro-batch, channel by channel: y =
   * scale·(x − mean) / √(variance + epsilon) + shift, with the biased variance.
   *
   * @param affine whether scale and shift exist
   * @param decay share of a running value that a step keeps: r ← decay·r + (1 − decay)·batch, with
   *     the unbiased variance
   * @param scale first value of the scale
   */
  record BatchNorm(String name, boolean affine, double epsilon, double decay, Initializer scale)
      implements Layer {
    public BatchNorm {
      if (!(epsilon > 0) || !(decay >= 0 && decay < 1)) {
        throw new Refusal(
            "Layer %s: batch norm needs epsilon > 0 and a decay in [0, 1), not %s and %s."
                .formatted(name, epsilon, decay));
      }
    }

    /** With scale and shift, epsilon 1e-5, decay 0.9, scale 1. */
    public static BatchNorm of(String name) {
      return new BatchNorm(name, true, 1e-5, 0.9, new Constant(1));
    }

    public BatchNorm withoutScaleAndShift() {
      return new BatchNorm(name, false, epsilon, decay, scale);
    }

    public BatchNorm epsilon(double newEpsilon) {
      return new BatchNorm(name, affine, newEpsilon, decay, scale);
    }

    public BatchNorm decay(double newDecay) {
      return new BatchNorm(name, affine, epsilon, newDecay, scale);
    }

    public BatchNorm scale(Initializer newScale) {
      return new BatchNorm(name, affine, epsilon, decay, newScale);
    }

    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public List<Tensor> tensors(Shape input) {
      List<Tensor> tensors = new ArrayList<>();
      if (affine) {
        tensors.add(channelTensor("weight", Kind.NORM_SCALE, input, scale));
        tensors.add(channelTensor("bias", Kind.NORM_SHIFT, input, new Constant(0)));
      }
      tensors.add(channelTensor("running_mean", Kind.RUNNING_MEAN, input, new Constant(0)));
      tensors.add(channelTensor("running_var", Kind.RUNNING_VARIANCE, input, new Constant(1)));
      return tensors;
    }

    @Override
    public String kind() {
      return "batch norm";
    }

    private Tensor channelTensor(String what, Kind kind, Shape input, Initializer initializer) {
      return new Tensor(name + "." + what, name, List.of(input.channels()), kind, initializer);
    }
  }

  /**
   * Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3, with their k
   * taken as 1, as in Caffe): y = x / (1 + alpha / size · Σ x²)^beta, summed over the {@code size}
   * channels around x's own; channels beyond the first and last count as 0. As in Caffe, alpha is
   * divided by the size; the paper's alpha is that quotient.
   *
   * @param size odd
   */
  record LocalResponseNorm(String name, int size, double alpha, double beta) implements Layer {
    public LocalResponseNorm {
      if (size < 1 || size % 2 == 0 || !(alpha > 0) || !(beta > 0)) {
        throw new Refusal(
            "Layer %s: local response normalisation needs an odd size and alpha and beta above 0, not %d, %s and %s."
                .formatted(name, size, alpha, beta));
      }
    }

    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public String kind() {
      return "response norm";
    }
  }

  /** max(x, 0). */
  record Relu(String name) implements Layer {
    @Override
    public Shape output(Shape input) {
      return input;
    }
  }

  /**
   * The largest or the mean value under a window. Padding is no value: it never wins and does not
   * count in a mean.
   *
   * @param ceil whether the number of windows is rounded up; a window that would begin in the right
   *     or lower padding is left out, as in PyTorch
   */
  record Pool(String name, Reduction reduction, int window, int stride, int padding, boolean ceil)
      implements Layer {
    /** What is taken of the values under a window. */
    public enum Reduction {
      MAXIMUM,
      MEAN
    }

    public Pool {
      refuseBelow(name, "window", window, 1);
      refuseBelow(name, "stride", stride, 1);
      if (padding < 0 || 2 * padding > window) {
        throw new Refusal(
            "Layer %s: padding %d must be at least 0 and at most half of the window, %d."
                .formatted(name, padding, window));
      }
    }

    /** Stride as wide as the window, no padding, rounded down. */
    public static Pool maximum(String name, int window) {
      return new Pool(name, Reduction.MAXIMUM, window, window, 0, false);
    }

    /** Stride as wide as the window, no padding, rounded down. */
    public static Pool mean(String name, int window) {
      return new Pool(name, Reduction.MEAN, window, window, 0, false);
    }

    public Pool stride(int by) {
      return new Pool(name, reduction, window, by, padding, ceil);
    }

    public Pool padding(int pixels) {
      return new Pool(name, reduction, window, stride, pixels, ceil);
    }

    public Pool ceil(boolean up) {
      return new Pool(name, reduction, window, stride, padding, up);
    }

    @Override
    public Shape output(Shape input) {
      return new Shape(
          input.channels(), extent(input, input.height()), extent(input, input.width()));
    }

    private int extent(Shape input, int size) {
      int room = size + 2 * padding - window;
      if (room < 0) {
        throw new Refusal(
            "Layer %s: a window of %d does not fit into %s with padding %d; use a smaller window."
                .formatted(name, window, input, padding));
      }
      int windows = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
      return (windows - 1) * stride >= size + padding ? windows - 1 : windows;
    }

    @Override
    public String kind() {
      return reduction == Reduction.MAXIMUM ? "max pool" : "mean pool";
    }
  }

  /** The mean of each channel: [C, H, W] to [C, 1, 1]. */
  record GlobalPool(String name) implements Layer {
    @Override
    public Shape output(Shape input) {
      return Shape.vector(input.channels());
    }

    @Override
    public String kind() {
      return "global pool";
    }
  }

  /** The sum of two inputs of one shape. */
  record Add(String name) implements Layer {
    @Override
    public Shape output(Shape input) {
      return input;
    }
  }

  /**
   * In training, sets each value to 0 with the given probability and divides the others by 1 −
   * probability (Srivastava et al. 2014, inverted); in inference, nothing.
   */
  record Dropout(String name, double probability) implements Layer {
    public Dropout {
      if (!(probability >= 0 && probability < 1)) {
        throw new Refusal(
            "Layer %s: the probability of dropout must be in [0, 1), not %s."
                .formatted(name, probability));
      }
    }

    @Override
    public Shape output(Shape input) {
      return input;
    }
  }

  private static List<Tensor> weightAndBias(
      String name, List<Integer> shape, int fanIn, Initializer weights, Initializer biases) {
    List<Tensor> tensors = new ArrayList<>();
    Initializer drawn = weights == null ? Gaussian.he(fanIn) : weights;
    tensors.add(new Tensor(name + ".weight", name, shape, Kind.WEIGHT, drawn));
    if (biases != null) {
      tensors.add(new Tensor(name + ".bias", name, shape.subList(0, 1), Kind.BIAS, biases));
    }
    return tensors;
  }

  private static void refuseBelow(String name, String what, int value, int least) {
    if (value < least) {
      throw new Refusal(
          "Layer %s: %s must be at least %d, not %d.".formatted(name, what, least, value));
    }
  }
}
