package io.larch.transport;

/** Takes what arrives. */
public interface Receiver {
  /**
   * A chunk from a connected peer arrived.
   *
   * @param chunk valid until this method returns
   * @return false if it is stale, of another generation or of a step that is over
   */
  boolean onChunk(Stream stream, Chunk chunk);
}
