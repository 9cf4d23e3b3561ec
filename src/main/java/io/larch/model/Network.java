package io.larch.model;

import io.larch.config.Refusal;
import java.util.List;

/**
 * A network: a graph of layers in an order in which each can be computed from those before it. The
 * output of the last layer is the logits, a vector of {@code classes} values.
 *
 * <p>A network that translates takes pairs of sentences instead of pictures. Its layers work along
 * the words of the source or of the target, step by step; shapes, classes and costs are those of
 * one step, and the logits those of the next target word.
 *
 * @param input shape of one sample; of one word, 1×1×1, in a network that translates
 * @param labelSmoothing of the training loss, in [0, 1): the target is (1 − labelSmoothing) on the
 *     sample's class plus labelSmoothing / classes on every class
 * @param nodes the layers in order
 */
public record Network(
    String name, Shape input, int classes, double labelSmoothing, List<Node> nodes) {

  /** Stands for the network's input among a node's inputs; the source's words in translation. */
  public static final int INPUT = -1;

  /** Stands for the target's words, each of which is known when the next is to be said. */
  public static final int TARGET = -2;

  /**
   * A layer in its place.
   *
   * @param inputs indices of the nodes whose outputs it takes, or {@link #INPUT} or {@link
   *     #TARGET}; two for {@link Layer.Add}, {@link SequenceLayer.Concatenation} and {@link
   *     SequenceLayer.AttentionLstm}, one for the rest
   * @param shape shape of its (first) input
   * @param output shape of its output
   */
  public record Node(Layer layer, List<Integer> inputs, Shape shape, Shape output) {
    public Node {
      inputs = List.copyOf(inputs);
    }

    /** The layer's tensors. */
    public List<Tensor> tensors() {
      return layer.tensors(shape);
    }

    /** Trained values. */
    public long parameters() {
      return tensors().stream()
          .filter(tensor -> !tensor.kind().isStatistic())
          .mapToLong(Tensor::size)
          .sum();
    }

    public long multiplyAdds() {
      return layer.multiplyAdds(shape);
    }
  }

  public Network {
    nodes = List.copyOf(nodes);
    if (nodes.isEmpty() || !nodes.get(nodes.size() - 1).output().equals(Shape.vector(classes))) {
      throw new Refusal(
          "Network %s: the last layer must give one value for each of %d classes, but gives %s."
              .formatted(
                  name, classes, nodes.isEmpty() ? input : nodes.get(nodes.size() - 1).output()));
    }
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new Refusal("Label smoothing must be in [0, 1), not " + labelSmoothing + ".");
    }
  }

  /** Begins a network. */
  public static NetworkBuilder of(String name, Shape input, int classes) {
    return new NetworkBuilder(name, input, classes);
  }

  /** The same network with another loss. */
  public Network withLabelSmoothing(double smoothing) {
    return new Network(name, input, classes, smoothing, nodes);
  }

  /** Whether the network takes pairs of sentences. */
  public boolean translates() {
    return nodes.stream().anyMatch(node -> node.inputs().contains(TARGET));
  }

  /** Whether a node (or input) works along the target's words. */
  public boolean followsTarget(int index) {
    return index == TARGET || (index >= 0 && followsTarget(nodes.get(index).inputs().get(0)));
  }

  /** The layers, in order. */
  public List<Layer> layers() {
    return nodes.stream().map(Node::layer).toList();
  }

  /** The places of all tensors in the flat blocks. */
  public Layout layout() {
    return new Layout(nodes.stream().flatMap(node -> node.tensors().stream()).toList());
  }

  /** Trained values; running statistics do not count. */
  public long parameters() {
    return nodes.stream().mapToLong(Node::parameters).sum();
  }

  /** Multiplications (each with an addition) for one sample, forward. */
  public long multiplyAdds() {
    return nodes.stream().mapToLong(Node::multiplyAdds).sum();
  }

  /**
   * The share of a running statistic that a step keeps: r ← decay·r + (1 − decay)·mean.
   *
   * @param layer name of a batch norm, as in {@link Tensor#layer}
   */
  public double decay(String layer) {
    return layers().stream()
        .filter(each -> each.name().equals(layer))
        .filter(Layer.BatchNorm.class::isInstance)
        .mapToDouble(each -> ((Layer.BatchNorm) each).decay())
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(layer + " keeps no running statistics"));
  }
}
