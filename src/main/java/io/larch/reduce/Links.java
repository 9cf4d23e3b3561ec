package io.larch.reduce;

import java.nio.FloatBuffer;

/**
 * The streams between the nodes of one generation. Between two nodes each kind of part travels in
 * the order in which it was sent; nothing is lost, and nothing of another generation is handed
 * over. Used by one thread, and nothing in it blocks.
 */
public interface Links {
  /** What a part belongs to. */
  enum Kind {
    /** The sum of a tree node, on its way to the node that forms its parent. */
    PARTIAL,
    /** The sum over all lanes, on its way to every node. */
    WHOLE
  }

  /** Takes parts in. */
  interface Receiver {
    /**
     * @param node the tree node of a partial sum; the root for a whole one
     * @param offset of the first value in the slice
     * @param values valid during the call
     * @return false if the step is over
     */
    boolean part(Kind kind, long step, int slice, TreeNode node, int offset, Values values);
  }

  /**
   * Sends values of a slice, as many as the stream takes at once.
   *
   * @param to number of a node
   * @param values the whole slice
   * @param from first value to be sent
   * @return how many were sent; 0 while the stream is full
   */
  int send(int to, Kind kind, long step, int slice, TreeNode node, FloatBuffer values, int from);

  /** Hands over some of what has arrived; returns the number of parts. */
  int receive(Receiver receiver);
}
