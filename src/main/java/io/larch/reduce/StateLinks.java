package io.larch.reduce;

import java.nio.FloatBuffer;

/**
 * The streams over which nodes give one another committed state, in one generation. Between two
 * nodes all travels in the order in which it was sent; nothing is lost, and nothing of another
 * generation is handed over. Peers are known by name. Used by one thread, and nothing in it blocks.
 */
public interface StateLinks {
  /**
   * Values of one block of a slice, as they were after a step.
   *
   * @param block 0 for the weights, then the optimizer's buffers
   * @param seal hash of the slice's whole state, {@link Replica.State#seal}
   * @param offset of the first value in the slice
   */
  record Part(long step, int slice, int block, long seal, int offset, int count) {}

  /** Takes in what arrives; each method returns false if it is stale. */
  interface Listener {
    /** A peer is ready to take the state of a step from this node. */
    boolean ready(String peer, long step);

    /** Values of a peer's state, valid during the call. */
    boolean part(String peer, Part part, float[] values);
  }

  /** Says that this node takes the state of a step; false while the stream cannot take it. */
  boolean sendReady(String to, long step);

  /**
   * Sends values of a block of a slice, as many as the stream takes at once.
   *
   * @param values the whole slice
   * @param from first value to be sent
   * @return how many were sent; 0 while the stream is full or does not stand yet
   */
  int send(String to, long step, int slice, int block, long seal, FloatBuffer values, int from);

  /** Hands over some of what has arrived; returns the number of frames. */
  int receive(Listener listener);
}
