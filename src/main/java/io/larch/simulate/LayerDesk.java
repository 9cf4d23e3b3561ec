package io.larch.simulate;

import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms;
import io.larch.reduce.LayerNorms.Squares;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A layer's optimizer: answers all nodes with the ratio once the squares of all slices are in. */
final class LayerDesk {
  /** Who is told a step's ratio. */
  interface Answer {
    void to(SimulatedNode node, double ratio);
  }

  private final String layer;
  private final Set<SimulatedNode> asking = new LinkedHashSet<>();
  private GenerationId generation = GenerationId.NONE;
  private long step;
  private LayerNorms norms;

  LayerDesk(String layer) {
    this.layer = layer;
  }

  void report(GenerationId of, long at, List<Squares> squares, SimulatedNode from, Answer answer) {
    int newer = of.compareTo(generation);
    if (newer < 0 || (newer == 0 && at < step)) {
      return;
    }
    if (newer > 0 || at > step) {
      generation = of;
      step = at;
      asking.clear();
      norms = new LayerNorms(ToyModel.layer(layer), 1);
    }
    asking.add(from);
    squares.forEach(norms::report);
    norms
        .all()
        .map(ToyModel::ratio)
        .ifPresent(
            ratio -> {
              asking.forEach(node -> answer.to(node, ratio));
              asking.clear();
            });
  }
}
