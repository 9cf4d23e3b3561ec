package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import io.larch.model.Layer.Pool;
import io.larch.model.Network.Node;
import io.larch.model.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;

/** Maximum, mean and global pooling. For a maximum, forward notes the winners for backward. */
final class PoolStage extends Stage {
  private static final long[] DENSE = {0, 0};

  private final prop_kind propagation;
  private final algorithm kind;
  private final long[] strides;
  private final long[] window;
  private final long[] before;
  private final long[] after;
  private Value input;
  private Value output;
  private Value winners;
  private pooling_forward.primitive_desc forward;

  private PoolStage(
      ProgramBuilder program,
      Node node,
      prop_kind propagation,
      algorithm kind,
      long[] window,
      long stride,
      long padding) {
    super(program, node, false);
    this.propagation = propagation;
    this.kind = kind;
    this.window = window;
    strides = new long[] {stride, stride};
    before = new long[] {padding, padding};
    Shape in = node.shape();
    Shape out = node.output();
    after =
        new long[] {
          paddingAfter(in.height(), out.height(), window[0], stride, padding),
          paddingAfter(in.width(), out.width(), window[1], stride, padding)
        };
  }

  static PoolStage of(ProgramBuilder program, Node node, Pool pool, prop_kind propagation) {
    algorithm kind =
        pool.reduction() == Pool.Reduction.MAXIMUM
            ? algorithm.pooling_max
            : algorithm.pooling_avg_exclude_padding;
    long[] window = {pool.window(), pool.window()};
    return new PoolStage(program, node, propagation, kind, window, pool.stride(), pool.padding());
  }

  static PoolStage global(ProgramBuilder program, Node node, prop_kind propagation) {
    long[] window = {node.shape().height(), node.shape().width()};
    algorithm kind = algorithm.pooling_avg_exclude_padding;
    return new PoolStage(program, node, propagation, kind, window, 1, 0);
  }

  /**
   * The padding on the far side: the same as on the near one, unless the last window needs more.
   */
  private static long paddingAfter(long in, long out, long window, long stride, long padding) {
    boolean suffices = (in + 2 * padding - window) / stride + 1 == out;
    return suffices ? padding : (out - 1) * stride + window - in - padding;
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    forward =
        new pooling_forward.primitive_desc(
            program.engine(),
            propagation,
            kind,
            input.desc(),
            program.any(program.extents(node.output())),
            strides,
            window,
            DENSE,
            before,
            after,
            program.attributes(),
            false);
    output = program.value(forward.dst_desc());
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_SRC, input);
    values.put(DNNL_ARG_DST, output);
    if (forward.workspace_desc().get_size() > 0) {
      winners = program.value(forward.workspace_desc());
      values.put(DNNL_ARG_WORKSPACE, winners);
    }
    program.execute(layer, "pool forward", forward, values);
    return output;
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value result = program.value(input.desc());
    Map<Integer, Value> values = new HashMap<>();
    values.put(DNNL_ARG_DIFF_DST, gradients.fitted(layer, output, gradient).value());
    values.put(DNNL_ARG_DIFF_SRC, result);
    if (winners != null) {
      values.put(DNNL_ARG_WORKSPACE, winners);
    }
    program.execute(layer, "pool backward", backwardDesc(), values);
    gradients.add(layer, input, new Gradients.Gradient(result, true));
  }

  private pooling_backward.primitive_desc backwardDesc() {
    return new pooling_backward.primitive_desc(
        program.engine(),
        kind,
        input.desc(),
        output.desc(),
        strides,
        window,
        DENSE,
        before,
        after,
        forward,
        program.attributes(),
        false);
  }
}
