package io.larch.reduce;

import java.util.List;
import java.util.stream.Collectors;

/** Committed weights are not those that were committed: memory changed under them. */
public final class ReplicaDamaged extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** Of a step's committed state, in these slices. */
  ReplicaDamaged(long step, List<Slice> slices) {
    super(
        "the weights of %s are not those committed after step %d; memory has changed under them"
            .formatted(
                slices.stream()
                    .map(slice -> "slice " + slice.id() + " (layer " + slice.layer() + ")")
                    .collect(Collectors.joining(", ")),
                step));
  }
}
