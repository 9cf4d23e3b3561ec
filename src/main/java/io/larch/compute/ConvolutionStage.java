package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import io.larch.model.Layer.Convolution;
import io.larch.model.Network.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;

/** A convolution. oneDNN chooses the layouts of the weights and, in f32, of the activations. */
final class ConvolutionStage extends Stage {
  private static final int MOST_PARTS = 16;

  private final prop_kind propagation;
  private final Convolution convolution;
  private final long[] strides;
  private final long[] padding;
  private Value input;
  private Value source;
  private Value output;
  private convolution_forward.primitive_desc forward;

  ConvolutionStage(ProgramBuilder program, Node node, boolean relu, prop_kind propagation) {
    super(program, node, relu);
    this.propagation = propagation;
    convolution = (Convolution) node.layer();
    strides = new long[] {convolution.stride(), convolution.stride()};
    padding = new long[] {convolution.padding(), convolution.padding()};
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    forward = forwardDesc();
    source = program.reordered(layer, input, forward.src_desc());
    output = program.value(forward.dst_desc());
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_SRC, source);
    values.put(
        DNNL_ARG_WEIGHTS,
        program.packed(layer + ".weight", forward.weights_desc(), weightExtents()));
    values.put(DNNL_ARG_DST, output);
    if (hasBias()) {
      values.put(
          DNNL_ARG_BIAS, program.packed(layer + ".bias", biasDesc(), convolution.channels()));
    }
    program.execute(layer, "convolution forward", forward, values);
    return output;
  }

  /** The layout that oneDNN chooses for the output. */
  memory.desc outputLayout() {
    return forwardDesc().dst_desc();
  }

  private convolution_forward.primitive_desc forwardDesc() {
    memory.desc sources = program.any(program.extents(node.shape()));
    memory.desc destinations = program.any(program.extents(node.output()));
    return hasBias()
        ? new convolution_forward.primitive_desc(
            program.engine(),
            propagation,
            algorithm.convolution_direct,
            sources,
            program.any(weightExtents()),
            biasDesc(),
            destinations,
            strides,
            padding,
            padding,
            program.attributes(ReluStage.postOps(relu)),
            false)
        : new convolution_forward.primitive_desc(
            program.engine(),
            propagation,
            algorithm.convolution_direct,
            sources,
            program.any(weightExtents()),
            destinations,
            strides,
            padding,
            padding,
            program.attributes(ReluStage.postOps(relu)),
            false);
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value difference =
        relu
            ? ReluStage.backward(program, layer, output, gradient, gradients).value()
            : gradient.value();
    backwardWeights(difference);
    program.ready(layer);
    if (gradients.wants(input)) {
      gradients.add(layer, input, backwardData(difference));
    }
  }

  /**
   * Of the whole batch, or of parts of it that are small enough for oneDNN's fast code, as it has
   * none in f32 for the first convolution of AlexNet and 110 images. Where the layouts are what it
   * has none for, as in bf16 those of one channel before and blocked ones after, it chooses others.
   */
  private void backwardWeights(Value difference) {
    Optional<convolution_backward_weights.primitive_desc> fast = fastBackwardWeights(difference);
    if (fast.isPresent()) {
      backwardWeights(fast.get(), source, difference);
    } else {
      convolution_backward_weights.primitive_desc free =
          backwardWeightsDesc(
              program.any(program.extents(node.shape())),
              program.any(program.extents(node.output())));
      backwardWeights(
          free,
          program.reordered(layer, source, free.src_desc()),
          program.reordered(layer, difference, free.diff_dst_desc()));
    }
  }

  private void backwardWeights(
      convolution_backward_weights.primitive_desc weightsDesc, Value sources, Value differences) {
    int count = (int) weightsDesc.src_desc().get_dims().get(0);
    Map<Integer, GradientStore> stores = new HashMap<>();
    stores.put(
        DNNL_ARG_DIFF_WEIGHTS,
        program.gradient(layer + ".weight", weightsDesc.diff_weights_desc(), weightExtents()));
    if (hasBias()) {
      stores.put(
          DNNL_ARG_DIFF_BIAS,
          program.gradient(layer + ".bias", biasDesc(), convolution.channels()));
    }
    stores.values().forEach(store -> store.before(layer));
    for (int from = 0; from < program.batch(); from += count) {
      Map<Integer, Value> parts = new HashMap<>();
      parts.put(DNNL_ARG_SRC, program.samples(sources, from, count));
      parts.put(DNNL_ARG_DIFF_DST, program.samples(differences, from, count));
      backwardWeights(weightsDesc, parts, from == 0, stores);
    }
    stores.values().forEach(store -> store.after(layer));
  }

  /** Writes what the first samples give, adds what later ones do. */
  private void backwardWeights(
      convolution_backward_weights.primitive_desc weightsDesc,
      Map<Integer, Value> parts,
      boolean first,
      Map<Integer, GradientStore> stores) {
    Map<Integer, Value> values = new HashMap<>();
    stores.forEach(
        (argument, store) -> {
          Value sum = store.value();
          values.put(argument, first ? sum : program.value(sum.desc()));
        });
    List<Map.Entry<Integer, Value>> results = List.copyOf(values.entrySet());
    values.putAll(parts);
    program.execute(layer, "convolution backward weights", weightsDesc, values);
    if (!first) {
      results.forEach(
          result -> program.add(layer, stores.get(result.getKey()).value(), result.getValue()));
    }
  }

  /** For the fewest parts for which oneDNN has more than its slow reference. */
  private Optional<convolution_backward_weights.primitive_desc> fastBackwardWeights(
      Value difference) {
    return IntStream.rangeClosed(1, MOST_PARTS)
        .filter(parts -> program.batch() % parts == 0)
        .map(parts -> program.batch() / parts)
        .mapToObj(
            count ->
                backwardWeightsDesc(
                    ProgramBuilder.samples(source.desc(), count),
                    ProgramBuilder.samples(difference.desc(), count)))
        .filter(ConvolutionStage::isFast)
        .findFirst();
  }

  private static boolean isFast(convolution_backward_weights.primitive_desc desc) {
    return !desc.impl_info_str().getString().startsWith("ref");
  }

  private convolution_backward_weights.primitive_desc backwardWeightsDesc(
      memory.desc sources, memory.desc differences) {
    memory.desc weights =
        new memory.desc(weightExtents(), memory.data_type.f32, memory.format_tag.any);
    return hasBias()
        ? new convolution_backward_weights.primitive_desc(
            program.engine(),
            algorithm.convolution_direct,
            sources,
            weights,
            biasDesc(),
            differences,
            strides,
            padding,
            padding,
            forward,
            program.attributes(),
            false)
        : new convolution_backward_weights.primitive_desc(
            program.engine(),
            algorithm.convolution_direct,
            sources,
            weights,
            differences,
            strides,
            padding,
            padding,
            forward,
            program.attributes(),
            false);
  }

  private Gradients.Gradient backwardData(Value difference) {
    convolution_backward_data.primitive_desc dataDesc =
        new convolution_backward_data.primitive_desc(
            program.engine(),
            algorithm.convolution_direct,
            source.desc(),
            program.any(weightExtents()),
            difference.desc(),
            strides,
            padding,
            padding,
            forward,
            program.attributes(),
            false);
    Value result = program.value(dataDesc.diff_src_desc());
    Value weights = program.packed(layer + ".weight", dataDesc.weights_desc(), weightExtents());
    program.execute(
        layer,
        "convolution backward data",
        dataDesc,
        Map.of(
            DNNL_ARG_DIFF_DST, difference, DNNL_ARG_WEIGHTS, weights, DNNL_ARG_DIFF_SRC, result));
    return new Gradients.Gradient(result, true);
  }

  private boolean hasBias() {
    return convolution.biases() != null;
  }

  private memory.desc biasDesc() {
    return ProgramBuilder.plain(convolution.channels());
  }

  /** [groups, out / groups, in / groups, height, width]; without the first for one group. */
  private long[] weightExtents() {
    long groups = convolution.groups();
    long out = convolution.channels() / groups;
    long in = node.shape().channels() / groups;
    long kernel = convolution.kernel();
    return groups == 1
        ? new long[] {out, in, kernel, kernel}
        : new long[] {groups, out, in, kernel, kernel};
  }
}
