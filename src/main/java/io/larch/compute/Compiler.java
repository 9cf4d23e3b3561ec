package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import io.larch.model.Layer;
import io.larch.model.Network;
import io.larch.model.Network.Node;
import io.larch.model.SequenceLayer;
import io.larch.model.SequenceLayer.AttentionLstm;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.softmax_forward;

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
  private final ProgramBuilder alongSource;
  private final ProgramBuilder alongTarget;
  private final List<Stage> stages = new ArrayList<>();
  private final List<Value> stageOutputs = new ArrayList<>();
  private final Value[] outputs;
  private final Set<Value> wanted = new HashSet<>();
  private final Value images;
  private Optional<Remembered> remembered = Optional.empty();
  private Value logits;

  /** A compiler of a network that takes pictures. */
  Compiler(ProgramBuilder program, Network network, boolean training, long seed) {
    this(program, network, 1, 1, training, seed);
  }

  /**
   * @param sourceSteps length of the source's sequences; 1 for pictures
   * @param targetSteps length of the target's sequences; 1 for pictures
   * @param seed of the run, for dropout
   */
  Compiler(
      ProgramBuilder program,
      Network network,
      int sourceSteps,
      int targetSteps,
      boolean training,
      long seed) {
    this(program, program.along(sourceSteps), program.along(targetSteps), network, training, seed);
  }

  private Compiler(
      ProgramBuilder program,
      ProgramBuilder alongSource,
      ProgramBuilder alongTarget,
      Network network,
      boolean training,
      long seed) {
    this.program = program;
    this.alongSource = alongSource;
    this.alongTarget = alongTarget;
    this.network = network;
    this.training = training;
    this.seed = seed;
    outputs = new Value[network.nodes().size()];
    images = program.persistent(ProgramBuilder.plain(program.extents(network.input())));
  }

  /** A compiler of what reads sources of so many steps. */
  static Compiler ofEncoder(ProgramBuilder program, Network network, int sourceSteps) {
    return new Compiler(program, network, sourceSteps, 1, false, 0);
  }

  /**
   * A compiler of what takes one word further.
   *
   * @param sourceSteps of the longest source
   * @param sequences that are gone on with, as many of each source
   */
  static Compiler ofDecoder(
      ProgramBuilder program, Network network, int sourceSteps, int sequences) {
    return new Compiler(
        program, program.along(sourceSteps), program.continued(sequences), network, false, 0);
  }

  /** A place for a source that is read before. */
  Remembered memory() {
    remembered = Optional.of(Remembered.kept(alongSource, attention()));
    return remembered.get();
  }

  private AttentionLstm attention() {
    return (AttentionLstm) network.nodes().get(attending()).layer();
  }

  private int attending() {
    return IntStream.range(0, network.nodes().size())
        .filter(index -> network.nodes().get(index).layer() instanceof AttentionLstm)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(network.name() + " has no attention"));
  }

  /** Appends the layers along the source, and what brings what attention needs to a place. */
  void encode(Remembered place) {
    append(index -> !network.followsTarget(index));
    Value encoded = outputs[network.nodes().get(attending()).inputs().get(1)];
    AttentionLstm lstm = attention();
    Value matrix = new Matrices(alongSource, lstm.name()).of(encoded, lstm.memory());
    Remembered.append(alongSource, lstm, matrix, Remembered.weights(alongSource, lstm))
        .copyTo(alongSource, lstm.name(), place);
  }

  /** Appends the layers along the target, and log-probabilities, [sequences, words]. */
  Value decode() {
    append(network::followsTarget);
    Value matrix = alongTarget.reshaped(lastLogits(), alongTarget.batch(), network.classes());
    Value logarithms = alongTarget.outcome(matrix.desc());
    program.execute(
        LOSS,
        "softmax",
        new softmax_forward.primitive_desc(
            program.engine(),
            prop_kind.forward_inference,
            algorithm.softmax_log,
            matrix.desc(),
            matrix.desc(),
            1,
            program.attributes(),
            false),
        Map.of(DNNL_ARG_SRC, matrix, DNNL_ARG_DST, logarithms));
    return logarithms;
  }

  /** How much each sequence attends to each source word, [sequences, S]; after {@link #decode}. */
  Value shares() {
    return stages.stream()
        .filter(AttentionLstmStage.class::isInstance)
        .map(stage -> ((AttentionLstmStage) stage).shares())
        .findFirst()
        .orElseThrow();
  }

  private void append(IntPredicate which) {
    IntStream.range(0, outputs.length)
        .filter(which)
        .filter(index -> outputs[index] == null)
        .forEach(this::append);
  }

  /** Appends forward. */
  void forward() {
    append(index -> true);
    logits = lastLogits();
  }

  private Value lastLogits() {
    int last = outputs.length - 1;
    return program.reordered(
        LOSS,
        outputs[last],
        ProgramBuilder.plain(along(last).extents(network.nodes().get(last).output())));
  }

  /** The program as the stage of a node sees it. */
  private ProgramBuilder along(int index) {
    return network.followsTarget(index) ? alongTarget : alongSource;
  }

  private void append(int index) {
    Node node = network.nodes().get(index);
    List<Value> inputs = inputs(node);
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

  /** The inputs of a node; words are no value of the program. */
  private List<Value> inputs(Node node) {
    return node.inputs().stream()
        .filter(i -> i >= 0 || !network.translates())
        .map(i -> i == Network.INPUT ? images : outputs[i])
        .toList();
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
    if (index < 0 || consumers(index).size() > 1) {
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
    ProgramBuilder own = along(index);
    prop_kind propagation = training ? prop_kind.forward_training : prop_kind.forward_inference;
    Layer layer = node.layer();
    if (layer instanceof Layer.Convolution) {
      return WinogradStage.pays(program.precision(), program.batch(), node, relu)
          ? new WinogradStage(program, node, propagation)
          : new ConvolutionStage(program, node, relu, propagation);
    } else if (layer instanceof Layer.Linear) {
      boolean last = index == outputs.length - 1;
      return new LinearStage(own, node, relu, propagation, last);
    } else if (layer instanceof Layer.BatchNorm) {
      return new BatchNormStage(program, node, relu, training);
    } else if (layer instanceof Layer.Relu) {
      return new ReluStage(own, node);
    } else if (layer instanceof Layer.LocalResponseNorm norm) {
      return new ResponseNormStage(program, node, norm, propagation);
    } else if (layer instanceof Layer.Pool pool) {
      return PoolStage.of(program, node, pool, propagation);
    } else if (layer instanceof Layer.GlobalPool) {
      return PoolStage.global(program, node, propagation);
    } else if (layer instanceof Layer.Add) {
      return new AddStage(own, node, relu, isSpare(node.inputs().get(0)));
    } else if (layer instanceof Layer.Dropout) {
      return new DropoutStage(own, node, seed);
    } else if (layer instanceof SequenceLayer sequence) {
      return sequenceStage(own, node, sequence);
    }
    throw new IllegalStateException("no stage for " + layer);
  }

  private Stage sequenceStage(ProgramBuilder own, Node node, SequenceLayer layer) {
    boolean target = node.inputs().get(0) == Network.TARGET;
    if (layer instanceof SequenceLayer.Embedding table) {
      return new EmbeddingStage(own, node, target, table.name(), table.words());
    } else if (layer instanceof SequenceLayer.SharedEmbedding shared) {
      SequenceLayer.Embedding table = shared.table();
      return new EmbeddingStage(own, node, target, table.name(), table.words());
    } else if (layer instanceof SequenceLayer.Lstm lstm) {
      return new LstmStage(own, node, lstm);
    } else if (layer instanceof AttentionLstm lstm) {
      return new AttentionLstmStage(own, alongSource, node, lstm, remembered);
    } else if (layer instanceof SequenceLayer.Reversal) {
      return new ReversalStage(own, node);
    } else if (layer instanceof SequenceLayer.Concatenation) {
      return new ConcatenationStage(own, node);
    } else if (layer instanceof SequenceLayer.Part part) {
      return new PartStage(own, node, part);
    }
    throw new IllegalStateException("no stage for " + layer);
  }

  /** Appends loss and backward. */
  void lossAndBackward() {
    Value difference = network.translates() ? wordLoss() : loss();
    program.perform(
        LOSS, Timing.BACKWARD_BEGINS, List.of(), call -> call.backwardBeganNs = System.nanoTime());
    Gradients gradients = new Gradients(program, wanted);
    Value output = outputs[outputs.length - 1];
    gradients.add(LOSS, output, new Gradients.Gradient(difference, true));
    for (int i = stages.size() - 1; i >= 0; i--) {
      backward(stages.get(i), stageOutputs.get(i), gradients);
    }
  }

  /** Appends the loss over words; returns its gradient. */
  Value wordLoss() {
    return WordLoss.append(alongTarget, logits, network.classes(), network.labelSmoothing());
  }

  private Value loss() {
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
        call -> call.outcome = loss.evaluate(placed[0], call.labels, placed[1]));
    return difference;
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
