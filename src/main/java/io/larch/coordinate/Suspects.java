package io.larch.coordinate;

import java.util.List;
import java.util.stream.Stream;

/** Lanes in which the gradient of a layer is not finite. */
public record Suspects(String layer, List<Integer> lanes) {
  /** Of a step that was applied. */
  public static final Suspects NONE = new Suspects("", List.of());

  public Suspects {
    lanes = lanes.stream().sorted().distinct().toList();
  }

  /** Whether there are none, since the gradient is finite. */
  boolean isNone() {
    return layer.isEmpty();
  }

  Suspects plus(Suspects more) {
    return isNone()
        ? more
        : new Suspects(layer, Stream.concat(lanes.stream(), more.lanes.stream()).toList());
  }
}
