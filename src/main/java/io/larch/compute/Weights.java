package io.larch.compute;

import org.bytedeco.dnnl.memory;

/**
 * A matrix W, [in, out], of a network's parameters in the products of a layer over sequences: x·W
 * forward, dy·Wᵀ and xᵀ·dy backward.
 */
final class Weights {
  private final ProgramBuilder program;
  private final String layer;
  private final String tensor;
  private final long in;
  private final long out;
  private Value packed;
  private Value transposed;

  Weights(ProgramBuilder program, String layer, String what, long in, long out) {
    this.program = program;
    this.layer = layer;
    this.tensor = layer + "." + what;
    this.in = in;
    this.out = out;
  }

  /** The product y = x·W or y += x·W for these layouts; W is packed once. */
  Factor forward(memory.desc x, memory.desc y, boolean adds) {
    Product product = new Product(program, x, chosen(packed, in, out), y, adds);
    if (packed == null) {
      packed = program.packed(tensor, product.right(), in, out);
    }
    return new Factor(product, packed);
  }

  /** The product dx = dy·Wᵀ or dx += dy·Wᵀ. */
  Factor backward(memory.desc dy, memory.desc dx, boolean adds) {
    Product product = new Product(program, dy, chosen(transposed, out, in), dx, adds);
    if (transposed == null) {
      memory.desc flat = ProgramBuilder.plain(in, out).permute_axes(new int[] {1, 0});
      transposed = program.packed(tensor, product.right(), flat);
    }
    return new Factor(product, transposed);
  }

  private memory.desc chosen(Value before, long rows, long columns) {
    return before == null ? program.any(rows, columns) : before.desc();
  }

  /** Appends the gradient xᵀ·dy. */
  void gradient(String kind, Value x, Value dy) {
    GradientStore store = program.gradient(tensor, ProgramBuilder.plain(in, out), in, out);
    store.before(layer);
    Value across = program.part(x, x.desc().permute_axes(new int[] {1, 0}), 0);
    Product.append(program, layer, kind, across, dy, store.value());
    store.after(layer);
  }

  /** A product whose right side is fixed. */
  record Factor(Product product, Value right) {
    void append(String layer, String kind, Value left, Value result) {
      product.append(layer, kind, left, right, result);
    }
  }
}
