package io.larch.compute;

import io.larch.model.Layer;
import io.larch.model.Network;
import io.larch.model.Network.Node;
import io.larch.model.Shape;
import io.larch.model.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp.DynamicCustomOpsBuilder;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network as a chain of ND4J operations in double precision, for which ND4J has kernels of its
 * own (those in single precision may be oneDNN's again). Arrays are [N, C, H, W], as everywhere.
 */
final class Nd4jNetwork {
  private final Trial trial;
  private final List<Node> nodes;
  private final INDArray images;
  private final INDArray[] outputs;
  private final INDArray[] differences;
  private final Map<String, double[]> gradient = new HashMap<>();

  Nd4jNetwork(Trial trial) {
    this.trial = trial;
    nodes = trial.network.nodes();
    images = maps(Nd4j.createFromArray(trial.images), trial.network.input());
    outputs = new INDArray[nodes.size()];
    differences = new INDArray[nodes.size()];
  }

  /** Whether ND4J has the forward operation of each layer. */
  static boolean infers(Network network) {
    return network.layers().stream().allMatch(Nd4jNetwork::hasForward);
  }

  /** Whether ND4J can be trusted with the backward operation of each layer, too. */
  static boolean trains(Network network) {
    return infers(network) && network.layers().stream().noneMatch(Nd4jNetwork::lacksBackward);
  }

  /** That of batch norm has had bugs; that of response norm contradicts finite differences. */
  private static boolean lacksBackward(Layer layer) {
    return layer instanceof Layer.BatchNorm
        || layer instanceof Layer.LocalResponseNorm
        || layer instanceof Layer.Dropout;
  }

  private static boolean hasForward(Layer layer) {
    if (layer instanceof Layer.Convolution convolution) {
      return convolution.groups() == 1;
    }
    return !(layer instanceof Layer.Pool pool && pool.ceil());
  }

  /** Logits, with running statistics and without dropout. */
  double[] infer() {
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = forward(nodes.get(i)).dup('c');
    }
    return vectors(outputs[outputs.length - 1]).dup('c').data().asDouble();
  }

  /** Forward and backward. */
  ReferenceNetwork.Result step() {
    double[] logits = infer();
    double loss = loss();
    for (int i = outputs.length - 1; i >= 0; i--) {
      backward(nodes.get(i), differences[i]);
    }
    return new ReferenceNetwork.Result(loss, logits, gradient);
  }

  private double loss() {
    int last = outputs.length - 1;
    INDArray logits = vectors(outputs[last]);
    INDArray target = Nd4j.zeros(DataType.DOUBLE, logits.shape());
    for (int n = 0; n < trial.batch; n++) {
      target.putScalar(n, trial.labels[n], 1);
    }
    INDArray sum = run(lossCall("softmax_cross_entropy_loss", logits, target))[0];
    INDArray slope = run(lossCall("softmax_cross_entropy_loss_grad", logits, target))[0];
    differences[last] = maps(slope, nodes.get(last).output());
    return sum.getDouble(0);
  }

  /** Of all samples with weight 1, summed. */
  private DynamicCustomOpsBuilder lossCall(String name, INDArray logits, INDArray target) {
    return call(name, logits, Nd4j.scalar(1.0), target)
        .addIntegerArguments(1)
        .addFloatingPointArguments(trial.network.labelSmoothing());
  }

  private INDArray forward(Node node) {
    INDArray x = input(node, 0);
    Layer layer = node.layer();
    if (layer instanceof Layer.Convolution convolution) {
      return run(convolve("conv2d", node, convolution, null))[0];
    } else if (layer instanceof Layer.Linear) {
      INDArray y = vectors(x).mmul(tensor(node, "weight").transpose());
      INDArray bias = tensor(node, "bias");
      return maps(bias == null ? y : y.addRowVector(bias), node.output());
    } else if (layer instanceof Layer.BatchNorm norm) {
      return run(normalise(node, norm, x))[0];
    } else if (layer instanceof Layer.LocalResponseNorm norm) {
      return run(respond(norm, x.permute(0, 2, 3, 1).dup('c')))[0].permute(0, 3, 1, 2);
    } else if (layer instanceof Layer.Relu) {
      return run(call("relu", x).addFloatingPointArguments(0.0))[0];
    } else if (layer instanceof Layer.Pool pool) {
      return run(pool("pool2d", pool, x))[0];
    } else if (layer instanceof Layer.GlobalPool) {
      return x.mean(true, 2, 3);
    } else if (layer instanceof Layer.Add) {
      return x.add(input(node, 1));
    }
    return x; // dropout
  }

  private void backward(Node node, INDArray dy) {
    INDArray x = input(node, 0);
    Layer layer = node.layer();
    if (layer instanceof Layer.Convolution convolution) {
      INDArray[] all = run(convolve("conv2d_bp", node, convolution, dy));
      pass(node, 0, all[0]);
      store(node, all[1], all[all.length - 1]);
    } else if (layer instanceof Layer.Linear) {
      INDArray rows = vectors(dy);
      pass(node, 0, maps(rows.mmul(tensor(node, "weight")), node.shape()));
      store(node, rows.transpose().mmul(vectors(x)), rows.sum(0));
    } else if (layer instanceof Layer.Relu) {
      pass(node, 0, run(call("relu_bp", x, dy).addFloatingPointArguments(0.0))[0]);
    } else if (layer instanceof Layer.Pool pool) {
      pass(node, 0, run(pool("pool2d_bp", pool, x, dy))[0]);
    } else if (layer instanceof Layer.GlobalPool) {
      int area = node.shape().height() * node.shape().width();
      pass(node, 0, dy.div(area).broadcast(x.shape()));
    } else if (layer instanceof Layer.Add) {
      pass(node, 0, dy);
      pass(node, 1, dy);
    } else {
      throw new AssertionError("no backward operation for " + layer);
    }
  }

  /** Weights as [O, C, H, W], images as [N, C, H, W], padding as given. */
  private DynamicCustomOpsBuilder convolve(
      String name, Node node, Layer.Convolution layer, INDArray dy) {
    int k = layer.kernel();
    int s = layer.stride();
    int p = layer.padding();
    return call(name, input(node, 0), tensor(node, "weight"), tensor(node, "bias"), dy)
        .addIntegerArguments(k, k, s, s, p, p, 1, 1, 0, 0, 1);
  }

  /** Images as [N, C, H, W], padding as given; it does not count in a mean. */
  private static DynamicCustomOpsBuilder pool(String name, Layer.Pool layer, INDArray... inputs) {
    boolean maximum = layer.reduction() == Layer.Pool.Reduction.MAXIMUM;
    int k = layer.window();
    int s = layer.stride();
    int p = layer.padding();
    return call((maximum ? "max" : "avg") + name, inputs)
        .addIntegerArguments(k, k, s, s, p, p, 1, 1, 0, 0, 0);
  }

  private DynamicCustomOpsBuilder normalise(Node node, Layer.BatchNorm layer, INDArray x) {
    int affine = layer.affine() ? 1 : 0;
    INDArray mean = tensor(node, "running_mean");
    INDArray variance = tensor(node, "running_var");
    return call("batchnorm", x, mean, variance, tensor(node, "weight"), tensor(node, "bias"))
        .addIntegerArguments(affine, affine, 1)
        .addFloatingPointArguments(layer.epsilon());
  }

  /** Across the last dimension; alpha is not divided by the size. */
  private static DynamicCustomOpsBuilder respond(Layer.LocalResponseNorm layer, INDArray x) {
    return call("lrn", x)
        .addIntegerArguments(layer.size() / 2)
        .addFloatingPointArguments(1.0, layer.alpha() / layer.size(), layer.beta());
  }

  /** Inputs that are null are left out. */
  private static DynamicCustomOpsBuilder call(String name, INDArray... inputs) {
    INDArray[] present = Stream.of(inputs).filter(Objects::nonNull).toArray(INDArray[]::new);
    return DynamicCustomOp.builder(name).addInputs(present);
  }

  private static INDArray[] run(DynamicCustomOpsBuilder call) {
    return Nd4j.exec(call.build());
  }

  private INDArray input(Node node, int which) {
    int index = node.inputs().get(which);
    return index == Network.INPUT ? images : outputs[index];
  }

  private void pass(Node node, int which, INDArray dx) {
    int index = node.inputs().get(which);
    if (index != Network.INPUT) {
      differences[index] = differences[index] == null ? dx : differences[index].add(dx);
    }
  }

  /** A tensor of a layer in its own shape, or null. */
  private INDArray tensor(Node node, String what) {
    String name = node.layer().name() + "." + what;
    return node.tensors().stream()
        .filter(tensor -> tensor.name().equals(name))
        .map(tensor -> Nd4j.createFromArray(trial.weights.get(name)).reshape('c', extents(tensor)))
        .findFirst()
        .orElse(null);
  }

  private static int[] extents(Tensor tensor) {
    return tensor.shape().stream().mapToInt(Integer::intValue).toArray();
  }

  private void store(Node node, INDArray weight, INDArray bias) {
    String layer = node.layer().name();
    gradient.put(layer + ".weight", weight.dup('c').data().asDouble());
    if (tensor(node, "bias") != null) {
      gradient.put(layer + ".bias", bias.dup('c').data().asDouble());
    }
  }

  private INDArray vectors(INDArray array) {
    return array.reshape('c', trial.batch, array.length() / trial.batch);
  }

  private INDArray maps(INDArray array, Shape shape) {
    return array.reshape('c', trial.batch, shape.channels(), shape.height(), shape.width());
  }
}
