package io.larch.data;

/** The labels of a sequence of samples. Immutable, so any thread may read. */
public interface Labels {
  /**
   * In place of a label: the sample has weight 0. It keeps its place and passes through the
   * network, but has no part in loss, gradient and accuracy.
   */
  int WEIGHTLESS = -1;

  int size();

  /** A class, from 0 on, or {@link #WEIGHTLESS}. */
  int label(int index);
}
