package io.larch.compute;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import io.larch.compute.Winograd.Matrix;
import io.larch.config.Precision;
import io.larch.model.Layer.Convolution;
import io.larch.model.Network.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;

/**
 * A 3×3 convolution in f32 by {@link Winograd}, out of matrix products and copies. Some pictures at
 * a time, so that all stays in the cache, are cut into tiles of 6×6 that overlap; the tiles go to
 * 36 points, where a product over the channels meets each, and come back as tiles of 4×4.
 *
 * <p>Backward data is the same with the turned kernel. Backward weights multiplies, at each point
 * and over all tiles, what the input has there with what Aᵀ makes of the output's gradient.
 */
final class WinogradStage extends Stage {
  /** Tiles at a time: so many were the fastest, whatever the channels. */
  private static final int MOST_TILES = 256;

  /** Multiplications in the time in which a value comes from memory. */
  private static final int MULTIPLICATIONS_PER_LOAD = 24;

  private final prop_kind propagation;
  private final int in;
  private final int out;
  private final Tiling tiling;
  private final Map<Matrix, Value> constants = new HashMap<>();
  private Value input;
  private Value inputCanvas;

  WinogradStage(ProgramBuilder program, Node node, prop_kind propagation) {
    super(program, node, false);
    this.propagation = propagation;
    in = node.shape().channels();
    out = node.output().channels();
    tiling = new Tiling(program, layer, node.shape(), picturesAtATime());
  }

  private int picturesAtATime() {
    int tiles = Tiling.of(node.shape());
    return IntStream.rangeClosed(1, program.batch())
        .filter(pictures -> program.batch() % pictures == 0 && pictures * tiles <= MOST_TILES)
        .max()
        .orElse(1);
  }

  /**
   * Whether it does a layer and is faster than the definition, by the multiplications of both. It
   * must save two fifths, as products of small matrices and copies are slower. Its 36 weights for
   * each pair of channels have to be read, too, which few small pictures do not repay.
   *
   * @param relu whether a ReLU joins the layer
   */
  static boolean pays(Precision precision, int batch, Node node, boolean relu) {
    Convolution convolution = (Convolution) node.layer();
    boolean fits =
        precision == Precision.F32
            && convolution.kernel() == Winograd.KERNEL
            && convolution.stride() == 1
            && convolution.padding() == 1
            && convolution.groups() == 1
            && convolution.biases() == null
            && !relu;
    return fits && 5 * multiplications(batch, node) < 3L * batch * node.multiplyAdds();
  }

  private static long multiplications(int batch, Node node) {
    long in = node.shape().channels();
    long out = node.output().channels();
    long tiles = (long) batch * Tiling.of(node.shape());
    long products = (tiles + MULTIPLICATIONS_PER_LOAD) * in * out;
    long transforms = tiles * (Winograd.B.columns() * in + Winograd.A.rows() * out);
    return Winograd.POINTS * (products + transforms);
  }

  @Override
  Value forward(List<Value> inputs) {
    input = inputs.get(0);
    inputCanvas = tiling.framed(in);
    ConvolutionStage definition = new ConvolutionStage(program, node, relu, propagation);
    Value output = program.value(definition.outputLayout());
    new Direction("convolution forward", in, out, Winograd.B, Winograd.A)
        .correlate(input, inputCanvas, weights(in, out, kernelDesc()), output);
    return output;
  }

  /** The kernels at the points, [36, from, to], out of kernels that lie as [3, 3, from, to]. */
  private Value weights(int from, int to, memory.desc lying) {
    Value kernels = program.packed(layer + ".weight", lying, kernelExtents());
    Value result = program.persistent(ProgramBuilder.plain(Winograd.POINTS, from, to));
    Value matrix = constant(Winograd.G);
    Value ofPairs = byPair(kernels, Winograd.G.columns());
    Value atPoints = byPair(result, Winograd.G.rows());
    program.executeOncePacked(
        productDesc(matrix, ofPairs, atPoints, false), product(matrix, ofPairs, atPoints));
    return result;
  }

  @Override
  void backward(Gradients.Gradient gradient, Gradients gradients) {
    Value difference = gradient.value();
    Value canvas = tiling.framed(out);
    backwardWeights(difference, canvas);
    program.ready(layer);
    if (gradients.wants(input)) {
      Value result = program.value(input.desc());
      new Direction("convolution backward data", out, in, Winograd.TURNED_B, Winograd.TURNED_A)
          .correlate(difference, canvas, weights(out, in, transposedDesc()), result);
      gradients.add(layer, input, new Gradients.Gradient(result, true));
    }
  }

  private void backwardWeights(Value difference, Value canvas) {
    String kind = "convolution backward weights";
    Value sums = program.value(ProgramBuilder.plain(Winograd.POINTS, in, out));
    Value tiles = values(Math.max(in, out));
    Value inputs = values(in);
    Value differences = values(out);
    int count = tiling.tiles();
    for (int first = 0; first < program.batch(); first += tiling.pictures()) {
      tiling.draw(kind, input, first, inputCanvas, in);
      tiling.cutOverlapping(kind, inputCanvas, tiles, in);
      toPoints(kind, Winograd.B, tiles, inputs, in);
      tiling.draw(kind, difference, first, canvas, out);
      tiling.cut(kind, canvas, tiles, out);
      toPoints(kind, Winograd.A_TRANSPOSED, tiles, differences, out);
      multiply(
          kind,
          atPointsTransposed(inputs, count, in),
          atPoints(differences, count, out),
          sums,
          first > 0);
    }
    storeGradient(kind, sums);
  }

  private void storeGradient(String kind, Value sums) {
    GradientStore store = program.gradient(layer + ".weight", kernelDesc(), kernelExtents());
    store.before(layer);
    multiply(
        kind,
        constant(Winograd.G_TRANSPOSED),
        byPair(sums, Winograd.POINTS),
        byPair(store.value(), Winograd.G.columns()),
        false);
    store.after(layer);
  }

  /** From activations of some channels to others, by kernels that stand at the points. */
  private final class Direction {
    private final String kind;
    private final int from;
    private final int to;
    private final Matrix there;
    private final Matrix back;

    Direction(String kind, int from, int to, Matrix there, Matrix back) {
      this.kind = kind;
      this.from = from;
      this.to = to;
      this.there = there;
      this.back = back;
    }

    /** Two blocks of memory take turns, so that little of the cache is needed. */
    void correlate(Value source, Value sourceCanvas, Value kernels, Value target) {
      Value one = values(Math.max(from, to));
      Value other = values(Math.max(from, to));
      Value targetCanvas = tiling.canvas(to);
      int count = tiling.tiles();
      for (int first = 0; first < program.batch(); first += tiling.pictures()) {
        tiling.draw(kind, source, first, sourceCanvas, from);
        tiling.cutOverlapping(kind, sourceCanvas, one, from);
        toPoints(kind, there, one, other, from);
        multiply(kind, atPoints(other, count, from), kernels, atPoints(one, count, to), false);
        fromPoints(kind, back, one, other, to);
        tiling.paste(kind, other, targetCanvas, to);
        tiling.take(kind, targetCanvas, target, first, to);
      }
    }
  }

  private void toPoints(String kind, Matrix matrix, Value tiles, Value points, int channels) {
    Value from = byTile(tiles, matrix.columns(), channels);
    multiply(kind, constant(matrix), from, byPoint(points, channels), false);
  }

  private void fromPoints(String kind, Matrix matrix, Value points, Value tiles, int channels) {
    Value to = byTile(tiles, matrix.rows(), channels);
    multiply(kind, constant(matrix), byPoint(points, channels), to, false);
  }

  /** Appends {@code product = left · right}, matrix by matrix, or adds that to it. */
  private void multiply(String kind, Value left, Value right, Value product, boolean add) {
    program.execute(
        layer, kind, productDesc(left, right, product, add), product(left, right, product));
  }

  private matmul.primitive_desc productDesc(Value left, Value right, Value product, boolean add) {
    post_ops sum = new post_ops();
    if (add) {
      sum.append_sum();
    }
    return new matmul.primitive_desc(
        program.engine(),
        left.desc(),
        right.desc(),
        product.desc(),
        program.attributes(sum),
        false);
  }

  private static Map<Integer, Value> product(Value left, Value right, Value product) {
    return Map.of(DNNL_ARG_SRC, left, DNNL_ARG_WEIGHTS, right, DNNL_ARG_DST, product);
  }

  /** [1, rows, columns] */
  private Value constant(Matrix matrix) {
    return constants.computeIfAbsent(
        matrix, m -> program.constant(m.floats(), 1, m.rows(), m.columns()));
  }

  /** Memory for all tiles at the points. */
  private Value values(int channels) {
    return program.value(ProgramBuilder.plain((long) Winograd.POINTS * tiling.tiles() * channels));
  }

  /** Tiles of n pixels as [tiles, n, channels]. */
  private Value byTile(Value tiles, int pixels, int channels) {
    long[] extents = {tiling.tiles(), pixels, channels};
    return program.view(tiles, extents, new long[] {(long) pixels * channels, channels, 1}, 0);
  }

  /** What lies as [36, tiles, channels], as [tiles, 36, channels]. */
  private Value byPoint(Value points, int channels) {
    long[] extents = {tiling.tiles(), Winograd.POINTS, channels};
    long point = (long) tiling.tiles() * channels;
    return program.view(points, extents, new long[] {channels, point, 1}, 0);
  }

  /** A matrix at each point. */
  private Value atPoints(Value points, long rows, long columns) {
    long[] extents = {Winograd.POINTS, rows, columns};
    return program.view(points, extents, new long[] {rows * columns, columns, 1}, 0);
  }

  /** The transpose of a matrix at each point. */
  private Value atPointsTransposed(Value points, long rows, long columns) {
    long[] extents = {Winograd.POINTS, columns, rows};
    return program.view(points, extents, new long[] {rows * columns, 1, columns}, 0);
  }

  /** Kernels, or what they are at the points, as [1, n, pairs of channels]. */
  private Value byPair(Value kernels, long n) {
    long pairs = (long) in * out;
    return program.view(kernels, new long[] {1, n, pairs}, new long[] {n * pairs, pairs, 1}, 0);
  }

  /** [out, in, 3, 3], lying as [3, 3, in, out]. */
  private memory.desc kernelDesc() {
    long pairs = (long) in * out;
    long[] strides = {1, out, Winograd.KERNEL * pairs, pairs};
    return new memory.desc(kernelExtents(), memory.data_type.f32, strides);
  }

  /** The same, lying as [3, 3, out, in]. */
  private memory.desc transposedDesc() {
    long pairs = (long) in * out;
    long[] strides = {in, 1, Winograd.KERNEL * pairs, pairs};
    return new memory.desc(kernelExtents(), memory.data_type.f32, strides);
  }

  private long[] kernelExtents() {
    return new long[] {out, in, Winograd.KERNEL, Winograd.KERNEL};
  }
}
