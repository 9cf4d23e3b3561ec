package io.larch.compute;

import io.larch.model.Network.Node;
import java.util.List;

/**
 * A layer, perhaps together with the ReLU that alone follows it, on its way into a program: it
 * appends its instructions, first those of forward, later those of backward.
 */
abstract class Stage {
  final ProgramBuilder program;
  final Node node;
  final String layer;

  /** Whether the ReLU behind the layer is part of the stage. */
  final boolean relu;

  Stage(ProgramBuilder program, Node node, boolean relu) {
    this.program = program;
    this.node = node;
    this.relu = relu;
    layer = node.layer().name();
  }

  /** Appends forward and returns the output. */
  abstract Value forward(List<Value> inputs);

  /**
   * Appends backward: stores gradients of parameters, adds those of wanted inputs.
   *
   * @param gradient of the output
   */
  abstract void backward(Gradients.Gradient gradient, Gradients gradients);

  /** Appends what is stored even when nobody wants a gradient: statistics. */
  void statistics() {}

  /** Whether the layer has tensors whose gradients or statistics are stored. */
  final boolean hasTensors() {
    return !node.tensors().isEmpty();
  }

  /** Whether the layer has parameters to train. */
  boolean isTrained() {
    return node.parameters() > 0;
  }
}
