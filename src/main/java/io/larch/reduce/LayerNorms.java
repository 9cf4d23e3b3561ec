package io.larch.reduce;

import io.larch.reduce.Slice.Piece;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts together the norms of tensors, those of one layer or of all, from the partial squares of
 * their slices, for one step. Partial sums are added in the order of slices, whatever the order of
 * arrival.
 */
public final class LayerNorms {
  /**
   * What the root of a slice reports.
   *
   * @param slice its id
   * @param weights sum of squares of the weights, one entry a piece
   * @param directions likewise of the optimizer's direction, or where it has none of the gradient,
   *     summed over the global batch and not yet divided
   */
  public record Squares(int slice, List<Double> weights, List<Double> directions) {}

  /** Norms of a whole tensor. */
  public record TensorNorms(String tensor, double weight, double direction) {
    /** The same with a direction that is shorter by a divisor, which makes a sum the mean. */
    public TensorNorms divided(double divisor) {
      return new TensorNorms(tensor, weight, direction / divisor);
    }

    /** Whether both are numbers. */
    public boolean isFinite() {
      return Double.isFinite(weight) && Double.isFinite(direction);
    }
  }

  private final List<Slice> slices;
  private final Map<Integer, Squares> reported = new LinkedHashMap<>();

  /** For trained slices, in order. */
  public LayerNorms(List<Slice> slices) {
    this.slices = slices;
  }

  /** Takes one slice's report; a repeated one changes nothing. */
  public void report(Squares squares) {
    reported.putIfAbsent(squares.slice(), squares);
  }

  /** The norms in order of tensors, once every slice has been reported. */
  public Optional<List<TensorNorms>> all() {
    return reported.size() == slices.size() ? Optional.of(combine()) : Optional.empty();
  }

  private List<TensorNorms> combine() {
    Map<String, double[]> sums = new LinkedHashMap<>();
    for (Slice slice : slices) {
      add(slice, reported.get(slice.id()), sums);
    }
    List<TensorNorms> norms = new ArrayList<>();
    sums.forEach(
        (tensor, sum) -> norms.add(new TensorNorms(tensor, Math.sqrt(sum[0]), Math.sqrt(sum[1]))));
    return List.copyOf(norms);
  }

  private static void add(Slice slice, Squares squares, Map<String, double[]> sums) {
    for (int i = 0; i < slice.pieces().size(); i++) {
      Piece piece = slice.pieces().get(i);
      double[] sum = sums.computeIfAbsent(piece.tensor().name(), name -> new double[2]);
      sum[0] += squares.weights().get(i);
      sum[1] += squares.directions().get(i);
    }
  }
}
