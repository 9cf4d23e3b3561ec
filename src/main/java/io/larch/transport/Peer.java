package io.larch.transport;

import io.larch.config.Wire;
import java.util.EnumMap;
import java.util.Map;

/** Another node as seen from here: a stream up and a stream down to it, and what it sent. */
public final class Peer {
  private final DataAddress address;
  private final int chunkBytes;
  private final Map<Stream, Outlet> outlets;
  private final Map<Stream, Received> received = new EnumMap<>(Stream.class);

  private static final class Received {
    private Object source;
    private long chunks;
    private long bytes;
  }

  /**
   * @param chunkBytes the most that a chunk may have
   */
  Peer(DataAddress address, int chunkBytes, Map<Stream, Outlet> outlets) {
    this.address = address;
    this.chunkBytes = chunkBytes;
    this.outlets = new EnumMap<>(outlets);
    for (Stream stream : Stream.values()) {
      received.put(stream, new Received());
    }
  }

  public DataAddress address() {
    return address;
  }

  /** The most values that one chunk to this peer can hold. */
  public int maxFloatsPerChunk(Wire wire) {
    return (chunkBytes - Chunk.HEADER_BYTES) / Chunk.bytes(wire);
  }

  Outlet outlet(Stream stream) {
    return outlets.get(stream);
  }

  boolean isConnected() {
    return outlets.values().stream().allMatch(Outlet::isConnected);
  }

  /** Notes by what a stream of this peer's comes, a {@link Inlets.Reader source}. */
  void setSource(Stream stream, Object source) {
    received.get(stream).source = source;
  }

  /** Whether a stream is known to come by this. */
  boolean comesBy(Stream stream, Object source) {
    return received.get(stream).source == source;
  }

  void count(Stream stream, int bytes) {
    Received sum = received.get(stream);
    sum.chunks++;
    sum.bytes += bytes;
  }

  Traffic.OfStream traffic(Stream stream) {
    Outlet outlet = outlet(stream);
    Received sum = received.get(stream);
    return new Traffic.OfStream(
        address.node(),
        stream,
        outlet.chunks(),
        outlet.bytes(),
        sum.chunks,
        sum.bytes,
        outlet.backPressured());
  }

  void close() {
    outlets.values().forEach(Outlet::close);
  }
}
