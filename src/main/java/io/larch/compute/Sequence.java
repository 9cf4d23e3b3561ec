package io.larch.compute;

import java.util.Optional;
import org.bytedeco.dnnl.memory;

/**
 * A matrix with a row for each step of each sample, of which each step needs the one before; the
 * first has none, unless the program goes on from an earlier run.
 */
final class Sequence {
  private final Matrices matrices;
  private final Value rows;
  private final Optional<Carried> carried;

  Sequence(ProgramBuilder program, String layer, memory.data_type type, long channels) {
    matrices = new Matrices(program, layer);
    carried = program.carried(type, channels);
    rows =
        carried
            .map(Carried::after)
            .orElseGet(() -> program.value(ProgramBuilder.plain(type, program.batch(), channels)));
  }

  /** All rows. */
  Value rows() {
    return rows;
  }

  /** Rows of one step. */
  Value step(int step) {
    return matrices.step(rows, step);
  }

  /** Rows of the step before. */
  Optional<Value> before(int step) {
    return step > 0 ? Optional.of(step(step - 1)) : beforeFirst();
  }

  /** What the first step has before it. */
  Optional<Value> beforeFirst() {
    return carried.map(Carried::before);
  }
}
