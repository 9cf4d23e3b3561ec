package io.larch.cluster;

import io.larch.compute.FloatBlock;
import io.larch.model.Tensor;
import io.larch.optim.Norms;
import io.larch.optim.Scalars;
import io.larch.optim.SliceUpdate;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.Replica.State;
import io.larch.reduce.Slice;
import io.larch.reduce.Slice.Piece;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a node computes from whole sums: the squares that the norms are made of, the running
 * statistics and the update. Used by one thread.
 */
final class LayerUpdates {
  private final RunContext context;
  private final SliceUpdate update;

  LayerUpdates(RunContext context) {
    this.context = context;
    update = new SliceUpdate(context.optimizer());
  }

  /**
   * Sums of squares of a slice's committed weights and of its summed gradient, or of the direction
   * that the optimizer forms of both.
   *
   * @param factor of the mean gradient
   */
  Squares squares(Slice slice, FloatBuffer gradient, long step, double factor) {
    List<Double> weights = new ArrayList<>();
    List<Double> directions = new ArrayList<>();
    State committed = context.replica().committed();
    for (Piece piece : slice.pieces()) {
      weights.add(Norms.squares(committed.weights().view(piece.from(), piece.count())));
      directions.add(squares(piece, part(gradient, slice, piece), step, factor));
    }
    return new Squares(slice.id(), weights, directions);
  }

  /** Sums of squares of a slice's summed gradient alone, whatever the optimizer forms of it. */
  Squares gradientSquares(Slice slice, FloatBuffer gradient) {
    List<Double> gradients = new ArrayList<>();
    for (Piece piece : slice.pieces()) {
      gradients.add(Norms.squares(part(gradient, slice, piece)));
    }
    return new Squares(slice.id(), Collections.nCopies(gradients.size(), 0.0), gradients);
  }

  private double squares(Piece piece, FloatBuffer gradient, long step, double factor) {
    return context
        .optimizer()
        .direction()
        .map(
            direction ->
                update.directionSquares(
                    direction,
                    gradient,
                    views(context.replica().committed(), piece),
                    scalars(piece.tensor(), 1, step, factor)))
        .orElseGet(() -> Norms.squares(gradient));
  }

  private static FloatBuffer part(FloatBuffer values, Slice slice, Piece piece) {
    return values.slice((int) (piece.from() - slice.from()), piece.count());
  }

  /** Stages a slice of statistics, summed over all micro-batches. */
  void stageStatistics(Slice slice, FloatBuffer sum) {
    var settings = context.settings();
    for (Piece piece : slice.pieces()) {
      SliceUpdate.moveStatistic(
          part(sum, slice, piece),
          context.replica().committed().weights().view(piece.from(), piece.count()),
          context.replica().staged().weights().view(piece.from(), piece.count()),
          context.network().decay(piece.tensor().layer()),
          (long) settings.lanes() * settings.microBatchesPerLane());
    }
    context.replica().staged().hash(slice);
  }

  /**
   * Stages a trained slice.
   *
   * @param gradient summed over the global batch
   * @param ratios trust ratio of each trained tensor of the layer, in order
   * @param factor of the mean gradient
   */
  void stage(Slice slice, FloatBuffer gradient, List<Double> ratios, long step, double factor) {
    Map<String, Double> byTensor = ratios(slice.layer(), ratios);
    for (Piece piece : slice.pieces()) {
      Tensor tensor = piece.tensor();
      update.update(
          part(gradient, slice, piece),
          views(context.replica().committed(), piece),
          views(context.replica().staged(), piece),
          scalars(tensor, byTensor.get(tensor.name()), step, factor));
    }
    context.replica().staged().hash(slice);
  }

  /** Stages a slice as it is committed. */
  void keep(Slice slice) {
    State from = context.replica().committed();
    State to = context.replica().staged();
    copy(slice, from.weights(), to.weights());
    for (int i = 0; i < from.buffers().size(); i++) {
      copy(slice, from.buffers().get(i), to.buffers().get(i));
    }
    to.hash(slice);
  }

  private static void copy(Slice slice, FloatBlock from, FloatBlock to) {
    to.view(slice.from(), slice.count()).put(from.view(slice.from(), slice.count()));
  }

  private Map<String, Double> ratios(String layer, List<Double> ratios) {
    List<Tensor> tensors =
        context.layout().layer(layer).stream()
            .map(place -> place.tensor())
            .filter(tensor -> !tensor.kind().isStatistic())
            .toList();
    Map<String, Double> byTensor = new HashMap<>();
    for (int i = 0; i < tensors.size(); i++) {
      byTensor.put(tensors.get(i).name(), ratios.get(i));
    }
    return byTensor;
  }

  private Scalars scalars(Tensor tensor, double ratio, long step, double factor) {
    return new Scalars(
        context.schedule().rate(step),
        ratio,
        context.optimizer().rule(tensor).weightDecay(),
        context.divisor(step) / factor,
        step);
  }

  private static SliceUpdate.State views(State state, Piece piece) {
    return new SliceUpdate.State(
        state.weights().view(piece.from(), piece.count()),
        state.buffers().stream().map(b -> b.view(piece.from(), piece.count())).toList());
  }
}
