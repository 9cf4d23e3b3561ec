package io.larch.cluster;

import io.larch.config.Wire;
import io.larch.coordinate.Assignment;
import io.larch.reduce.GenerationId;
import io.larch.reduce.StateLinks;
import io.larch.transport.Chunk;
import io.larch.transport.ChunkHeader;
import io.larch.transport.Peer;
import io.larch.transport.Stream;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The streams between a node that takes state and those that feed it. */
final class StateStreams implements StateLinks {
  private static final FloatBuffer NOTHING = FloatBuffer.allocate(1);

  private final GenerationId generation;
  private final PeerStreams streams;
  private final Map<String, Peer> byName = new HashMap<>();
  private final Map<Long, String> names = new HashMap<>();
  private final Set<Peer> standing = new HashSet<>();

  StateStreams(GenerationId generation, PeerStreams streams) {
    this.generation = generation;
    this.streams = streams;
  }

  /** Takes a peer's frames from now on, and begins to connect it if that is not done. */
  void connect(Assignment.Share share) {
    byName.put(share.node(), streams.connect(share));
    names.put(share.address().node(), share.node());
  }

  @Override
  public boolean sendReady(String to, long step) {
    return send(to, header(ChunkHeader.Kind.READY, step, 0, 0, 0, 0, 1), NOTHING, 0) > 0;
  }

  @Override
  public int send(
      String to, long step, int slice, int block, long seal, FloatBuffer values, int from) {
    int most = byName.get(to).maxFloatsPerChunk(Wire.F32);
    int count = Math.min(most, values.limit() - from);
    return send(
        to, header(ChunkHeader.Kind.STATE, step, slice, block, seal, from, count), values, from);
  }

  private ChunkHeader header(
      ChunkHeader.Kind kind, long step, int slice, int block, long seal, int from, int count) {
    return new ChunkHeader(
        kind,
        generation.counter(),
        generation.incarnation(),
        step,
        slice,
        block,
        /* index= */ 0,
        from,
        count,
        Wire.F32,
        seal);
  }

  private int send(String to, ChunkHeader header, FloatBuffer values, int from) {
    Peer peer = byName.get(to);
    return stands(peer) && streams.send(peer, Stream.UP, header, values, from) ? header.count() : 0;
  }

  /** Streams that have stood and do no longer are lost; sending says so. */
  private boolean stands(Peer peer) {
    return standing.contains(peer) || (streams.isConnected(peer) && standing.add(peer));
  }

  @Override
  public int receive(Listener listener) {
    return streams.poll((stream, chunk) -> take(chunk, listener));
  }

  private boolean take(Chunk chunk, Listener listener) {
    String peer = names.get(chunk.sender());
    if (peer == null || !PeerStreams.isOf(generation, chunk)) {
      return false;
    }
    return switch (chunk.kind()) {
      case READY -> listener.ready(peer, chunk.step());
      case STATE -> listener.part(peer, part(chunk), streams.values(chunk));
      case PARTIAL, TOTAL -> false;
    };
  }

  private static Part part(Chunk chunk) {
    return new Part(
        chunk.step(), chunk.slice(), chunk.level(), chunk.seal(), chunk.offset(), chunk.count());
  }
}
