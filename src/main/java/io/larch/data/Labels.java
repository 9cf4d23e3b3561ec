package io.larch.data;

/** The labels of a sequence of samples. Immutable, so any thread may read. */
public interface Labels {
  int size();

  int label(int index);
}
