package io.larch.model;

import io.larch.config.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Strings layers together. Each layer takes the output of the one before it, unless {@link #from}
 * or {@link #add} say otherwise. An impossible graph is refused where it becomes impossible.
 */
public final class NetworkBuilder {
  private final String name;
  private final Shape input;
  private final int classes;
  private final List<Network.Node> nodes = new ArrayList<>();
  private final Map<String, Integer> indices = new HashMap<>();
  private int current = Network.INPUT;

  NetworkBuilder(String name, Shape input, int classes) {
    this.name = name;
    this.input = input;
    this.classes = classes;
  }

  /** Appends a layer to the current one and makes it the current one. */
  public NetworkBuilder then(Layer layer) {
    if (layer instanceof Layer.Add) {
      throw new Refusal("Layer " + layer.name() + ": an addition has two inputs; use add.");
    }
    return append(layer, List.of(current));
  }

  /** Adds the output of another layer to the current one. */
  public NetworkBuilder add(String layer, String other) {
    int second = index(other);
    if (!shape(second).equals(shape(current))) {
      throw new Refusal(
          "Layer %s adds %s, the output of %s, to %s; both must have one shape."
              .formatted(layer, shape(second), other, shape(current)));
    }
    return append(new Layer.Add(layer), List.of(current, second));
  }

  /** Appends a layer to the current one that takes another's output as its second input. */
  public NetworkBuilder then(SequenceLayer layer, String second) {
    return append(layer, List.of(current, index(second)));
  }

  /** Goes on from the target's words. */
  public NetworkBuilder fromTarget() {
    current = Network.TARGET;
    return this;
  }

  /** Goes on from the output of a layer that is already there. */
  public NetworkBuilder from(String layer) {
    current = index(layer);
    return this;
  }

  /** Name of the current layer. */
  public String here() {
    return current < 0 ? "" : nodes.get(current).layer().name();
  }

  /** Shape of the current layer's output. */
  public Shape shape() {
    return shape(current);
  }

  /** The network, whose logits are the output of the layer appended last. */
  public Network build() {
    refuseLooseEnds();
    return new Network(name, input, classes, 0, nodes);
  }

  private NetworkBuilder append(Layer layer, List<Integer> inputs) {
    if (layer.name().isBlank() || indices.putIfAbsent(layer.name(), nodes.size()) != null) {
      throw new Refusal(
          "Network %s: each layer needs a name of its own, and '%s' is empty or taken."
              .formatted(name, layer.name()));
    }
    Shape shape = shape(inputs.get(0));
    nodes.add(new Network.Node(layer, inputs, shape, layer.output(shape)));
    current = nodes.size() - 1;
    return this;
  }

  private int index(String layer) {
    Integer index = layer.isEmpty() ? Integer.valueOf(Network.INPUT) : indices.get(layer);
    if (index == null) {
      throw new Refusal("Network %s has no layer '%s' so far.".formatted(name, layer));
    }
    return index;
  }

  private Shape shape(int index) {
    return index < 0 ? input : nodes.get(index).output();
  }

  private void refuseLooseEnds() {
    for (int i = 0; i < nodes.size() - 1; i++) {
      int index = i;
      if (nodes.stream().noneMatch(node -> node.inputs().contains(index))) {
        throw new Refusal(
            "Network %s: nothing uses the output of layer %s; remove it or connect it."
                .formatted(name, nodes.get(i).layer().name()));
      }
    }
  }
}
