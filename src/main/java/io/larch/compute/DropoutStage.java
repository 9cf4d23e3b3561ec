package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import io.larch.model.Layer.Dropout;
import io.larch.model.Network.Node;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;

/**
 * Dropout in training: a product with a mask. Value i of the sample at position p of the run is
 * dropped if number i of the stream (seed, dropout, layer, p) is below the probability, whatever
 * the device or the micro-batch. The values of a sequence are counted step by step.
 */
final class DropoutStage extends Stage {
  private final RandomStream stream;
  private final double probability;
  private Value input;
  private Value mask;
  private FloatBuffer maskValues;

  DropoutStage(ProgramBuilder program, Node node, long seed) {
    super(program, node, false);
    stream = RandomStream.of(seed, Purpose.DROPOUT).named(layer);
    probability = ((Dropout) node.layer()).probability();
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    mask = program.value(ProgramBuilder.plain(program.extents(node.shape())));
    program.afterPlacing(() -> maskValues = mask.slot().floats());
    program.perform(layer, "draw mask", List.of(mask), call -> draw(call.firstPosition));
    return multiplied("dropout forward", input);
  }

  private void draw(long firstPosition) {
    int size = node.shape().size();
    float kept = (float) (1 / (1 - probability));
    for (int sample = 0; sample < program.samples(); sample++) {
      RandomStream own = stream.at(firstPosition + sample);
      for (int step = 0; step < program.steps(); step++) {
        int row = (step * program.samples() + sample) * size;
        for (int i = 0; i < size; i++) {
          float drawn = own.uniform((long) step * size + i);
          maskValues.put(row + i, drawn < probability ? 0 : kept);
        }
      }
    }
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value result = multiplied("dropout backward", gradient.value());
    gradients.add(layer, input, new Gradients.Gradient(result, true));
  }

  private Value multiplied(String kind, Value factor) {
    Value product = program.value(factor.desc());
    program.execute(
        layer,
        kind,
        new binary.primitive_desc(
            program.engine(),
            algorithm.binary_mul,
            factor.desc(),
            mask.desc(),
            product.desc(),
            program.attributes(),
            false),
        Map.of(DNNL_ARG_SRC_0, factor, DNNL_ARG_SRC_1, mask, DNNL_ARG_DST, product));
    return product;
  }
}
