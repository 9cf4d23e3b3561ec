package io.larch.transport;

/** The two streams to each peer; each is first in, first out. */
public enum Stream {
  /** Partial sums on their way to a slice's root. */
  UP(0),
  /** What roots send to everybody; polled first and never held back. */
  DOWN(1);

  private final int id;

  Stream(int id) {
    this.id = id;
  }

  /** Its place behind the first of a node's stream ids. */
  int id() {
    return id;
  }
}
