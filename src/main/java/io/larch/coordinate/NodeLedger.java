package io.larch.coordinate;

import io.larch.reduce.GenerationId;
import java.util.HashSet;
import java.util.Set;

/**
 * What a node has promised and done: decides which messages count and when a step may be committed.
 * A step is committed when every layer is staged and every worker has finished its lanes.
 *
 * <pre>
 *   frozen --begin(g, s)--> working on s+1 --all staged, all finished--> committed s+1 --> working on s+2 …
 *     ^  |                       |
 *     |  +--fed(g, s)--> frozen  |
 *     +-------prepare(g')--------+    g' newer than any promised
 * </pre>
 */
public final class NodeLedger {
  private final Set<String> layers;
  private final Set<String> staged = new HashSet<>();
  private final Set<Integer> finished = new HashSet<>();
  private final int workers;
  private GenerationId promised = GenerationId.NONE;
  private boolean frozen = true;
  private long committed;

  /** A node with these layers to stage and so many workers, at a committed step. */
  public NodeLedger(Set<String> layers, int workers, long committed) {
    this.layers = Set.copyOf(layers);
    this.workers = workers;
    this.committed = committed;
  }

  /**
   * Promises a generation and freezes, unless a newer one is promised. Repeats are granted again.
   */
  public boolean prepare(GenerationId generation) {
    if (promised.isNewerThan(generation)) {
      return false;
    }
    promised = generation;
    frozen = true;
    staged.clear();
    finished.clear();
    return true;
  }

  /** Takes no further part in the generation that has begun; a newer one must be prepared. */
  public void freeze() {
    frozen = true;
    staged.clear();
    finished.clear();
  }

  /** Begins the promised generation, which has not begun. */
  public void begin(GenerationId generation) {
    if (!isPrepared(generation)) {
      throw new IllegalStateException("begin of %s in %s".formatted(generation, promised));
    }
    frozen = false;
  }

  private boolean isPrepared(GenerationId generation) {
    return frozen && generation.equals(promised);
  }

  /**
   * The state of a step was taken from peers in the promised generation: of this step, a later one
   * or, where this node is ahead of all others and its own state is damaged, the one before.
   */
  public void fed(GenerationId generation, long step) {
    if (!isPrepared(generation) || step < committed - 1) {
      throw new IllegalStateException(
          "fed step %d of %s after step %d of %s".formatted(step, generation, committed, promised));
    }
    committed = step;
  }

  /** Whether a message of that generation and step concerns the step in flight. */
  public boolean isCurrent(GenerationId generation, long step) {
    return !frozen && generation.equals(promised) && step == committed + 1;
  }

  /** Whether a generation is the promised one, frozen or not. */
  public boolean isPromised(GenerationId generation) {
    return generation.equals(promised);
  }

  public void layerStaged(String layer) {
    if (!layers.contains(layer)) {
      throw new IllegalArgumentException("no layer " + layer + " in " + layers);
    }
    staged.add(layer);
  }

  public void workerFinished(int worker) {
    finished.add(worker);
  }

  public boolean canCommit() {
    return !frozen && staged.size() == layers.size() && finished.size() == workers;
  }

  /** Layers not yet staged and workers not yet finished, in words. */
  public String missing() {
    Set<String> lacking = new HashSet<>(layers);
    lacking.removeAll(staged);
    return lacking.size()
        + " of "
        + layers.size()
        + " layers and "
        + (workers - finished.size())
        + " of "
        + workers
        + " workers";
  }

  /** Commits the step in flight; returns its number. */
  public long commit() {
    if (!canCommit()) {
      throw new IllegalStateException("commit with " + missing() + " missing");
    }
    staged.clear();
    finished.clear();
    return ++committed;
  }

  /** Whether nothing counts until the promised generation begins. */
  public boolean isFrozen() {
    return frozen;
  }

  public int workers() {
    return workers;
  }

  public long committed() {
    return committed;
  }

  public GenerationId generation() {
    return promised;
  }
}
