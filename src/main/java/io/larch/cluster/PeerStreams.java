package io.larch.cluster;

import io.larch.config.Wire;
import io.larch.coordinate.Assignment;
import io.larch.observe.Track;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Links;
import io.larch.reduce.Slice;
import io.larch.reduce.TreeNode;
import io.larch.transport.Chunk;
import io.larch.transport.ChunkHeader;
import io.larch.transport.DataAddress;
import io.larch.transport.DataPlane;
import io.larch.transport.Peer;
import io.larch.transport.SendResult;
import io.larch.transport.Stream;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * This node's streams to and from its peers: partial sums go up, whole ones down. Streams outlive a
 * generation; what arrives of another is dropped. Used by the reduction's thread while a run is
 * open.
 */
final class PeerStreams implements AutoCloseable {
  /** Chunks of each kind that are taken at once. */
  private static final int POLL_LIMIT = 8;

  private final Optional<DataPlane> plane;
  private final Track track;
  private final Map<DataAddress, Peer> peers = new HashMap<>();
  private final Map<String, Peer> awaited = new TreeMap<>();
  private volatile String unconnected = "";

  /**
   * @param track is told what is sent and received
   */
  PeerStreams(Optional<DataPlane> plane, Track track) {
    this.plane = plane;
    this.track = track;
  }

  /** Where peers reach this node; null if it has no data plane. */
  DataAddress address() {
    return plane.map(DataPlane::address).orElse(null);
  }

  /** Begins to connect the peers of a generation and ends the streams to others. */
  Links open(Assignment assignment, List<Slice> slices, Wire wire) {
    Map<DataAddress, String> wanted = peersOf(assignment);
    Set<DataAddress> gone = new HashSet<>(peers.keySet());
    gone.removeAll(wanted.keySet());
    gone.forEach(address -> plane().disconnect(peers.remove(address)));
    awaited.clear();
    if (!wanted.isEmpty()) {
      plane().requireSpace(wanted.keySet());
    }
    wanted.forEach(
        (address, name) -> awaited.put(name, peers.computeIfAbsent(address, plane()::connect)));
    return new GenerationLinks(assignment, slices, wire);
  }

  /** The other nodes' names by their addresses. */
  private static Map<DataAddress, String> peersOf(Assignment assignment) {
    Map<DataAddress, String> others = new HashMap<>();
    List<Assignment.Share> shares = assignment.shares();
    for (int node = 0; node < shares.size(); node++) {
      if (node != assignment.self()) {
        others.put(shares.get(node).address(), shares.get(node).node());
      }
    }
    return others;
  }

  private DataPlane plane() {
    return plane.orElseThrow(
        () -> new IllegalStateException("a node without a data plane has peers"));
  }

  /** Whether the streams to and from all peers of the generation stand. */
  boolean areConnected() {
    awaited.values().removeIf(peer -> plane().isConnected(peer));
    unconnected = String.join(", ", awaited.keySet());
    return awaited.isEmpty();
  }

  /** Names of the peers whose streams do not stand yet; any thread may ask. */
  String unconnected() {
    return unconnected;
  }

  /** The streams of one generation. */
  private final class GenerationLinks implements Links {
    private final GenerationId generation;
    private final Map<Integer, Peer> byNumber = new HashMap<>();
    private final List<Slice> slices;
    private final Wire wire;
    private final float[] values;
    private final FloatBuffer valuesView;

    private GenerationLinks(Assignment assignment, List<Slice> slices, Wire wire) {
      generation = assignment.generation();
      this.slices = slices;
      this.wire = wire;
      int longest = 0;
      for (int node = 0; node < assignment.shares().size(); node++) {
        Peer peer = peers.get(assignment.shares().get(node).address());
        if (node != assignment.self()) {
          byNumber.put(node, peer);
          longest = Math.max(longest, peer.maxFloatsPerChunk(Wire.BF16));
        }
      }
      values = new float[longest];
      valuesView = FloatBuffer.wrap(values);
    }

    @Override
    public int send(
        int to, Kind kind, long step, int slice, TreeNode node, FloatBuffer whole, int from) {
      Peer peer = byNumber.get(to);
      Wire type = typeOf(kind, slice);
      int count = Math.min(peer.maxFloatsPerChunk(type), slices.get(slice).count() - from);
      ChunkHeader header =
          new ChunkHeader(
              kind == Kind.WHOLE ? ChunkHeader.Kind.TOTAL : ChunkHeader.Kind.PARTIAL,
              generation.counter(),
              generation.incarnation(),
              step,
              slice,
              node.level(),
              node.index(),
              from,
              count,
              type);
      Stream stream = kind == Kind.WHOLE ? Stream.DOWN : Stream.UP;
      long began = System.nanoTime();
      boolean sent = sent(plane().send(peer, stream, header, whole, from), peer);
      if (sent) {
        track.span("send", slices.get(slice).layer(), slice, began, System.nanoTime());
      }
      return sent ? count : 0;
    }

    /** Statistics come down unrounded. */
    private Wire typeOf(Kind kind, int slice) {
      return kind == Kind.WHOLE && slices.get(slice).statistic() ? Wire.F32 : wire;
    }

    private boolean sent(SendResult result, Peer peer) {
      return switch (result) {
        case SENT -> true;
        case BACK_PRESSURED, ADMIN_ACTION -> false;
        case NOT_CONNECTED, CLOSED, EXHAUSTED ->
            throw new IllegalStateException(
                "the stream to "
                    + peer.address()
                    + " is "
                    + result.name().toLowerCase(Locale.ROOT));
      };
    }

    @Override
    public int receive(Receiver receiver) {
      return plane().poll((stream, chunk) -> take(chunk, receiver), POLL_LIMIT);
    }

    private void take(Chunk chunk, Receiver receiver) {
      if (chunk.generation() != generation.counter()
          || chunk.incarnation() != generation.incarnation()) {
        return;
      }
      long began = System.nanoTime();
      chunk.copyTo(valuesView, 0);
      receiver.part(
          chunk.kind() == ChunkHeader.Kind.TOTAL ? Kind.WHOLE : Kind.PARTIAL,
          chunk.step(),
          chunk.slice(),
          new TreeNode(chunk.level(), chunk.index()),
          chunk.offset(),
          values,
          chunk.count());
      track.span(
          "receive", slices.get(chunk.slice()).layer(), chunk.slice(), began, System.nanoTime());
    }
  }

  @Override
  public void close() {
    plane.ifPresent(DataPlane::close);
  }
}
