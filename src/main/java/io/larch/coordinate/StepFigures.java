package io.larch.coordinate;

import io.larch.observe.NodePhases;
import io.larch.observe.TensorFigures;
import java.util.List;

/**
 * What a node has measured in a step.
 *
 * @param hash of the weights after it
 * @param tensors what the optimizers saw of all of them, in order; empty unless this node is the
 *     one to tell it
 */
public record StepFigures(NodePhases phases, long hash, List<TensorFigures> tensors) {
  public StepFigures {
    tensors = List.copyOf(tensors);
  }
}
