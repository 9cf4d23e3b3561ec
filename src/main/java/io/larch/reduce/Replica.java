package io.larch.reduce;

import io.larch.compute.FloatBlock;
import io.larch.model.Layout;
import java.util.ArrayList;
import java.util.List;

/**
 * A node's whole copy of the run's state: weights (batch-norm statistics among them) and the
 * optimizer's buffers, each as a flat block, twice: as committed after a step, and staged for the
 * next. Until {@link #commit} the committed state is never written; then both change places in one
 * move.
 *
 * <p>Owns its memory: 2 × (1 + buffers) × 4 bytes a parameter.
 */
public final class Replica implements AutoCloseable {
  /** One version of the state. */
  public record State(FloatBlock weights, List<FloatBlock> buffers) {
    private static State allocate(long floats, int buffers) {
      List<FloatBlock> blocks = new ArrayList<>();
      for (int i = 0; i < buffers; i++) {
        blocks.add(FloatBlock.allocate(floats));
      }
      return new State(FloatBlock.allocate(floats), List.copyOf(blocks));
    }

    private void close() {
      weights.close();
      buffers.forEach(FloatBlock::close);
    }
  }

  private record Version(long step, State committed, State staged) {
    private Version swapped() {
      return new Version(step + 1, /* committed= */ staged, /* staged= */ committed);
    }
  }

  private final Layout layout;
  private volatile Version version;

  /** All zero, at step 0; the caller fills the committed state before the first step. */
  public Replica(Layout layout, int buffers) {
    this.layout = layout;
    State committed = State.allocate(layout.floats(), buffers);
    version = new Version(0, committed, State.allocate(layout.floats(), buffers));
  }

  public Layout layout() {
    return layout;
  }

  /** The last committed step. */
  public long step() {
    return version.step;
  }

  /** State after {@link #step}. */
  public State committed() {
    return version.committed;
  }

  /** What the step in flight writes. */
  public State staged() {
    return version.staged;
  }

  /** Declares the committed state, just filled from outside, to be that of a step. */
  public void restore(long step) {
    version = new Version(step, version.committed, version.staged);
  }

  /** The staged state, now complete, becomes the committed one. */
  public void commit(long step) {
    Version old = version;
    if (step != old.step + 1) {
      throw new IllegalStateException("commit of step " + step + " after step " + old.step);
    }
    version = old.swapped();
  }

  @Override
  public void close() {
    version.committed.close();
    version.staged.close();
  }
}
