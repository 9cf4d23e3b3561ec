package io.larch.compute;

import io.larch.model.Layer;
import io.larch.model.Network;
import io.larch.model.Network.Node;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.dnnl.global.dnnl.prop_kind;

/**
 * Turns a network into the instructions of a program: a {@link Stage} for each layer, where a ReLU
 * joins the convolution, linear layer, batch norm or addition before it.
 */
final class Compiler {
  /** What the loss is called, which stands between forward and backward. */
  static final String LOSS = "loss";

  private final ProgramBuilder program;
  private final Network network;
  private final boolean training;
  private final long seed;
  private final List<Stage> stages = new ArrayList<>();
  private final List<Value> stageOutputs = new ArrayList<>();
  private final Value[] outputs;
  private final Set<Value> wanted = new HashSet<>();
  private final Value images;
  private Value logits;

  /**
   * @param seed of the run, for dropout
   */
  Compiler(ProgramBuilder program, Network network, boolean training, long seed) {
    this.program = program;
    this.network = network;
    this.training = training;
    this.seed = seed;
    outputs = new Value[network.nodes().size()];
    images = program.persistent(ProgramBuilder.plain(program.extents(network.input())));
  }

  /** Appends forward. */
  void forward() {
    for (int index = 0; index < outputs.length; index++) {
      if (outputs[index] == null) {
        append(index);
      }
    }
    logits =
        program.reordered(
            LOSS,
            outputs[outputs.length - 1],
            ProgramBuilder.plain(
                program.extents(network.nodes().get(outputs.length - 1).output())));
  }

  private void append(int index) {
    Node node = network.nodes().get(index);
    List<Value> inputs =
        node.inputs().stream().map(i -> i == Network.INPUT ? images : outputs[i]).toList();
    if (node.layer() instanceof Layer.Dropout && !training) {
      outputs[index] = inputs.get(0);
      return;
    }
    int relu = fusedRelu(index);
    Stage stage = stage(index, relu >= 0);
    Value output = stage.forward(inputs);
    outputs[index] = output;
    if (relu >= 0) {
      outputs[relu] = output;
    }
    stages.add(stage);
    stageOutputs.add(output);
    if (stage.isTrained() || inputs.stream().anyMatch(wanted::contains)) {
      wanted.add(output);
    }
  }

  /** Index of the ReLU that joins the layer, or -1. */
  private int fusedRelu(int index) {
    List<Integer> consumers = consumers(index);
    return consumers.size() == 1
            && takesRelu(network.nodes().get(index).layer())
            && network.nodes().get(consumers.get(0)).layer() instanceof Layer.Relu
        ? consumers.get(0)
        : -1;
  }

  private static boolean takesRelu(Layer layer) {
    return layer instanceof Layer.Convolution
        || layer instanceof Layer.Linear
        || layer instanceof Layer.BatchNorm
        || layer instanceof Layer.Add;
  }

  /**
   * Whether an output is needed by a single layer only and not by the backward of the layer that
   * makes it; batch norm and convolution without a ReLU go by their inputs.
   */
  private boolean isSpare(int index) {
    if (index == Network.INPUT || consumers(index).size() > 1) {
      return false;
    }
    Layer layer = network.nodes().get(index).layer();
    return layer instanceof Layer.BatchNorm || layer instanceof Layer.Convolution;
  }

  private List<Integer> consumers(int index) {
    List<Integer> consumers = new ArrayList<>();
    for (int other = index + 1; other < outputs.length; other++) {
      for (int input : network.nodes().get(other).inputs()) {
        if (input == index) {
          consumers.add(other);
        }
      }
    }
    return consumers;
  }

  private Stage stage(int index, boolean relu) {
    Node node = network.nodes().get(index);
    prop_kind propagation = training ? prop_kind.forward_training : prop_kind.forward_inference;
    Layer layer = node.layer();
    if (layer instanceof Layer.Convolution) {
      return new ConvolutionStage(program, node, relu, propagation);
    } else if (layer instanceof Layer.Linear) {
      boolean last = index == outputs.length - 1;
      return new LinearStage(program, node, relu, propagation, last);
    } else if (layer instanceof Layer.BatchNorm) {
      return new BatchNormStage(program, node, relu, training);
    } else if (layer instanceof Layer.Relu) {
      return new ReluStage(program, node);
    } else if (layer instanceof Layer.LocalResponseNorm norm) {
      return new ResponseNormStage(program, node, norm, propagation);
    } else if (layer instanceof Layer.Pool pool) {
      return PoolStage.of(program, node, pool, propagation);
    } else if (layer instanceof Layer.GlobalPool) {
      return PoolStage.global(program, node, propagation);
    } else if (layer instanceof Layer.Add) {
      return new AddStage(program, node, relu, isSpare(node.inputs().get(0)));
    } else if (layer instanceof Layer.Dropout) {
      return new DropoutStage(program, node, seed);
    }
    throw new IllegalStateException("no stage for " + layer);
  }

  /** Appends loss and backward. */
  void lossAndBackward() {
    CrossEntropy loss = new CrossEntropy(network.classes(), network.labelSmoothing());
    Value difference = program.value(logits.desc());
    FloatBuffer[] placed = new FloatBuffer[2];
    program.afterPlacing(
        () -> {
          placed[0] = logits.slot().floats();
          placed[1] = difference.slot().floats();
        });
    program.perform(
        LOSS,
        "cross-entropy",
        List.of(logits, difference),
        call -> {
          call.outcome = loss.evaluate(placed[0], call.labels, placed[1]);
          call.backwardBeganNs = System.nanoTime();
        });
    Gradients gradients = new Gradients(program, wanted);
    Value output = outputs[outputs.length - 1];
    gradients.add(LOSS, output, new Gradients.Gradient(difference, true));
    for (int i = stages.size() - 1; i >= 0; i--) {
      backward(stages.get(i), stageOutputs.get(i), gradients);
    }
  }

  private static void backward(Stage stage, Value output, Gradients gradients) {
    stage.statistics();
    Gradients.Gradient gradient = gradients.take(output);
    if (gradient != null) {
      stage.backward(gradient, gradients);
    }
  }

  /** The input of the program, f32 and row-major. */
  Value images() {
    return images;
  }

  /** The output of forward, f32 and row-major. */
  Value logits() {
    return logits;
  }
}
