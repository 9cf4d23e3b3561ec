package io.larch.data;

import java.io.Closeable;
import java.io.IOException;

/** A file of labelled pictures that is being written. Equal samples give equal bytes. */
interface Shard extends Closeable {
  /**
   * Appends a sample.
   *
   * @param number counted over all shards of a part of the data
   * @param picture its encoded form, taken over as it is
   */
  void add(int number, byte[] picture, int label, String className) throws IOException;
}
