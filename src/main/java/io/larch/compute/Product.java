package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.Map;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;

/** The product of two matrices, c = a·b or c += a·b; may be appended for many of these layouts. */
final class Product {
  private final ProgramBuilder program;
  private final matmul.primitive_desc desc;

  /**
   * @param a [M, K]
   * @param b [K, N]; {@code any} for a layout that oneDNN chooses
   * @param c [M, N]
   * @param adds whether to add to c instead of writing it
   */
  Product(ProgramBuilder program, memory.desc a, memory.desc b, memory.desc c, boolean adds) {
    this.program = program;
    post_ops sum = new post_ops();
    if (adds) {
      sum.append_sum();
    }
    desc = new matmul.primitive_desc(program.engine(), a, b, c, program.attributes(sum), false);
  }

  /** The layout of b. */
  memory.desc right() {
    return desc.weights_desc();
  }

  void append(String layer, String kind, Value a, Value b, Value c) {
    program.execute(
        layer, kind, desc, Map.of(DNNL_ARG_SRC, a, DNNL_ARG_WEIGHTS, b, DNNL_ARG_DST, c));
  }

  /** Appends c = a·b. */
  static void append(ProgramBuilder program, String layer, String kind, Value a, Value b, Value c) {
    new Product(program, a.desc(), b.desc(), c.desc(), false).append(layer, kind, a, b, c);
  }
}
