package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.larch.config.Precision;
import io.larch.model.Layer.Convolution;
import io.larch.model.Network;
import io.larch.model.Network.Node;
import io.larch.model.Shape;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.junit.jupiter.api.Test;

/** Norms may be taken over blocked layouts only because what pads them is zero. */
class PaddingTest {
  private static final int CHANNELS = 17;
  private static final int BLOCKED = 32;

  @Test
  void shouldPadReorderedAndConvolvedActivationsWithZero() {
    Shape input = new Shape(CHANNELS, 3, 5);
    Node node = convolution(input);
    Network network = new Network("n", input, CHANNELS, 0, List.of(node));
    engine cpu = new engine(engine.kind.cpu, 0);
    stream run = new stream(cpu);
    Owned owned = new Owned();
    PackedWeights packed = owned.own(new PackedWeights(cpu, run, network.layout()));
    ProgramBuilder builder = new ProgramBuilder(cpu, run, Precision.F32, 2, packed, owned);
    Value images = builder.persistent(ProgramBuilder.plain(builder.extents(input)));
    Value blocked =
        builder.reordered(
            "in",
            images,
            new memory.desc(
                builder.extents(input), memory.data_type.f32, memory.format_tag.nChw16c));
    Value convolved =
        new ConvolutionStage(builder, node, false, prop_kind.forward_training)
            .forward(List.of(blocked));
    Value out =
        builder.reordered(
            "out",
            convolved,
            new memory.desc(
                builder.extents(node.output()), memory.data_type.f32, memory.format_tag.nChw16c));
    Program program = builder.build(owned.own(Arena.forEach(List.of(builder))));
    try (owned;
        FloatBlock weights = FloatBlock.allocate(network.layout().floats())) {
      fill(weights.view(0, (int) weights.floats()));
      fill(images.slot().floats());
      fill(blocked.slot().floats());
      fill(out.slot().floats());
      packed.pack(weights);
      program.run(new Call());
      assertPadding(blocked.slot().floats(), 15);
      assertPadding(out.slot().floats(), 1);
    }
  }

  private static Node convolution(Shape input) {
    Convolution layer = new Convolution("conv", CHANNELS, 3, 1, 0, 1, null, null);
    Convolution fitting = new Convolution("conv", CHANNELS, 3, 3, 0, 1, null, null);
    Shape output = fitting.output(input);
    assertEquals(new Shape(CHANNELS, 1, 1), output);
    return new Node(layer.stride(3), List.of(Network.INPUT), input, output);
  }

  private static void fill(FloatBuffer values) {
    RandomStream stream = RandomStream.of(1, Purpose.BENCHMARK);
    for (int i = 0; i < values.capacity(); i++) {
      values.put(i, 1 + stream.uniform(i));
    }
  }

  /** Layout [N, C / 16, H, W, 16]: channel 16 is the only one of its block. */
  private static void assertPadding(FloatBuffer values, int pixels) {
    assertEquals(2 * BLOCKED * pixels, values.capacity());
    int padding = 0;
    for (int i = 0; i < values.capacity(); i++) {
      boolean second = i / (pixels * 16) % 2 == 1;
      if (second && i % 16 > 0) {
        assertEquals(0, values.get(i));
        padding++;
      }
    }
    assertEquals(2 * pixels * 15, padding);
  }
}
