package io.larch.transport;

/** Takes what arrives. */
public interface Receiver {
  /**
   * A chunk from a connected peer arrived.
   *
   * @param chunk valid until this method returns
   */
  void onChunk(Stream stream, Chunk chunk);
}
