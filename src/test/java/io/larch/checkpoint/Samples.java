package io.larch.checkpoint;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/** Small tensors and positions whose every value follows from the step. */
final class Samples {
  static final String RUN_CONF = "larch { seed = 7 }\n";

  private Samples() {}

  static NamedTensor tensor(String name, List<Integer> shape, long first) {
    int size = shape.stream().reduce(1, Math::multiplyExact);
    FloatBuffer values = FloatBuffer.allocate(size);
    for (int i = 0; i < size; i++) {
      values.put(i, (float) (first + i));
    }
    return new NamedTensor(name, shape, values);
  }

  static List<NamedTensor> model(long step) {
    return List.of(
        tensor("fc.weight", List.of(2, 3), 10 * step),
        tensor("fc.bias", List.of(2), -step),
        tensor("bn.running_mean", List.of(1), 5 * step));
  }

  static List<NamedTensor> optimizer(long step) {
    return List.of(tensor("velocity/fc.weight", List.of(2, 3), 1000 + step));
  }

  static Position position(long step) {
    return new Position(
        step,
        step / 4.0,
        64 * step,
        7,
        8,
        Map.of("model", "mlp"),
        List.of("cat", "dog"),
        Map.of("larch", "1"));
  }

  /** Room for the tensors' values. */
  static List<NamedTensor> empty(List<NamedTensor> tensors) {
    return tensors.stream()
        .map(
            t -> new NamedTensor(t.name(), t.shape(), FloatBuffer.allocate(t.values().remaining())))
        .toList();
  }
}
