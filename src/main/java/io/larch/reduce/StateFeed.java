package io.larch.reduce;

import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Gives one peer slices of the committed state, one after the other: the weights, then each of the
 * optimizer's buffers. It begins when the peer is ready, for what is sent before would be lost.
 */
final class StateFeed {
  private final Replica replica;
  private final String to;
  private final StateLinks links;
  private final Deque<Slice> slices = new ArrayDeque<>();
  private boolean ready;
  private int block;
  private int sent;
  private long seal;
  private FloatBuffer values;

  StateFeed(Replica replica, String to, List<Integer> slices, StateLinks links) {
    this.replica = replica;
    this.to = to;
    this.links = links;
    slices.forEach(id -> this.slices.add(replica.slices().get(id)));
  }

  /** The peer takes the state of a step. */
  void begin(long step) {
    if (step != replica.step()) {
      throw new IllegalStateException(
          "%s is to take the state after step %d from a node whose last step is %d"
              .formatted(to, step, replica.step()));
    }
    ready = true;
  }

  /**
   * Sends what the stream takes at once; returns how many values.
   *
   * @throws ReplicaDamaged if the next slice is not what was committed
   */
  int work() {
    if (!ready || isDone()) {
      return 0;
    }
    Slice slice = slices.peek();
    if (values == null) {
      open(slice);
    }
    int count = links.send(to, replica.step(), slice.id(), block, seal, values, sent);
    sent += count;
    if (sent == slice.count()) {
      goOn(slice);
    }
    return count;
  }

  private void open(Slice slice) {
    if (block == 0) {
      replica.requireIntact(List.of(slice));
      seal = replica.committed().seal(slice);
    }
    values = replica.committed().view(slice, block);
  }

  private void goOn(Slice slice) {
    sent = 0;
    values = null;
    block++;
    if (block == replica.committed().blocks()) {
      block = 0;
      slices.remove(slice);
    }
  }

  String to() {
    return to;
  }

  boolean isDone() {
    return slices.isEmpty();
  }

  /** What is still to be done, in words. */
  String missing() {
    return ready
        ? slices.size() + " slices are not yet sent to " + to
        : to + " is not ready to take " + slices.size() + " slices";
  }
}
