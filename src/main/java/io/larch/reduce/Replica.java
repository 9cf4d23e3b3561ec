package io.larch.reduce;

import io.larch.compute.FloatBlock;
import io.larch.model.Layout;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * A node's whole copy of the run's state: weights (batch-norm statistics among them) and the
 * optimizer's buffers, each as a flat block, twice: as committed after a step, and staged for the
 * next. Until {@link #commit} the committed state is never written; then both change places in one
 * move.
 *
 * <p>Owns its memory: 2 × (1 + buffers) × 4 bytes a parameter.
 */
public final class Replica implements AutoCloseable {
  /**
   * One version of the state.
   *
   * @param hashes of the weights' slices, in order of their ids
   */
  public record State(FloatBlock weights, List<FloatBlock> buffers, AtomicLongArray hashes) {
    private static State allocate(long floats, int buffers, int slices) {
      List<FloatBlock> blocks = new ArrayList<>();
      for (int i = 0; i < buffers; i++) {
        blocks.add(FloatBlock.allocate(floats));
      }
      return new State(
          FloatBlock.allocate(floats), List.copyOf(blocks), new AtomicLongArray(slices));
    }

    /** Records the hash of a slice whose weights are complete. */
    public void hash(Slice slice) {
      hashes.set(slice.id(), hashOf(slice, weights));
    }

    private static long hashOf(Slice slice, FloatBlock block) {
      return SliceHash.of(block.view(slice.from(), slice.count()));
    }

    /** Whether a slice's weights are still those whose hash was recorded. */
    public boolean isIntact(Slice slice) {
      return hashes.get(slice.id()) == hashOf(slice, weights);
    }

    /** A hash of a slice's whole state: of its recorded hash and the bits in every buffer. */
    long seal(Slice slice) {
      long seal = hashes.get(slice.id());
      for (FloatBlock buffer : buffers) {
        seal = SliceHash.mix(seal, hashOf(slice, buffer));
      }
      return seal;
    }

    /** How many blocks there are: the weights and the optimizer's buffers. */
    int blocks() {
      return 1 + buffers.size();
    }

    /** A slice of the weights (block 0) or of a buffer (from block 1 on). */
    FloatBuffer view(Slice slice, int block) {
      FloatBlock chosen = block == 0 ? weights : buffers.get(block - 1);
      return chosen.view(slice.from(), slice.count());
    }

    private void close() {
      weights.close();
      buffers.forEach(FloatBlock::close);
    }
  }

  /** What replicas compare: hashes of all slices after a step. */
  public record Hashes(long step, List<Long> slices) {
    /** One hash of them all. */
    public long digest() {
      return slices.stream().reduce(step, SliceHash::mix);
    }
  }

  private record Version(long step, State committed, State staged) {}

  private final Layout layout;
  private final List<Slice> slices;
  private volatile Version version;

  /** All zero, at step 0; the caller fills the committed state and calls {@link #restore}. */
  public Replica(Layout layout, List<Slice> slices, int buffers) {
    this.layout = layout;
    this.slices = List.copyOf(slices);
    version =
        new Version(
            0,
            State.allocate(layout.floats(), buffers, slices.size()),
            State.allocate(layout.floats(), buffers, slices.size()));
  }

  public Layout layout() {
    return layout;
  }

  /** The slices of the layout, in order of their ids. */
  public List<Slice> slices() {
    return slices;
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
    slices.forEach(version.committed::hash);
    version = new Version(step, version.committed, version.staged);
  }

  /** The staged state, now complete, becomes the committed one. */
  public void commit(long step) {
    Version old = version;
    if (step != old.step + 1) {
      throw new IllegalStateException("commit of step " + step + " after step " + old.step);
    }
    version = swapped(old, step);
  }

  /**
   * The staged state, complete and that of a step which peers have committed, takes its place. They
   * may be a step behind, where what is committed here is damaged.
   */
  public void adopt(long step) {
    Version old = version;
    if (step < old.step - 1) {
      throw new IllegalStateException("the state of step " + step + " after step " + old.step);
    }
    version = swapped(old, step);
  }

  private static Version swapped(Version old, long step) {
    return new Version(step, /* committed= */ old.staged, /* staged= */ old.committed);
  }

  /**
   * Checks all committed weights against the hashes recorded when they were staged.
   *
   * @throws ReplicaDamaged if they are not what was committed
   */
  public void requireIntact() {
    requireIntact(slices);
  }

  /** The same for some slices. */
  void requireIntact(List<Slice> some) {
    Version now = version;
    List<Slice> damaged = some.stream().filter(slice -> !now.committed.isIntact(slice)).toList();
    if (!damaged.isEmpty()) {
      throw new ReplicaDamaged(now.step, damaged);
    }
  }

  /** Hashes of the committed slices; any thread may ask while steps go on. */
  public Hashes hashes() {
    Version before = version;
    while (true) {
      Hashes read = new Hashes(before.step, copy(before.committed.hashes));
      Version after = version;
      if (after.equals(before)) {
        return read;
      }
      before = after;
    }
  }

  private static List<Long> copy(AtomicLongArray hashes) {
    return IntStream.range(0, hashes.length()).mapToObj(hashes::get).toList();
  }

  @Override
  public void close() {
    version.committed.close();
    version.staged.close();
  }
}
