package io.larch.cluster;

import io.larch.config.Wire;
import io.larch.coordinate.Assignment;
import io.larch.observe.Network;
import io.larch.observe.Track;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Links;
import io.larch.reduce.Slice;
import io.larch.reduce.TreeNode;
import io.larch.reduce.Values;
import io.larch.transport.Chunk;
import io.larch.transport.ChunkHeader;
import io.larch.transport.DataAddress;
import io.larch.transport.DataPlane;
import io.larch.transport.FrameDamaged;
import io.larch.transport.Peer;
import io.larch.transport.SendResult;
import io.larch.transport.Stream;
import io.larch.transport.Traffic;
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
 * This node's streams to and from its peers: partial sums go up, whole ones down; state goes up to
 * a peer that needs it. Streams outlive a generation; what arrives of another is dropped and
 * counted by the data plane. Used by the reduction's thread while a run is open.
 *
 * <p>A node that has lost its media driver, which died or held it for dead while it slept, opens
 * another data plane before it promises the next generation, and is reached there from then on.
 */
final class PeerStreams implements AutoCloseable {
  /** Chunks of each kind that are taken at once. */
  private static final int POLL_LIMIT = 8;

  private static final long LOOK_NS = 1_000_000_000L;

  private volatile Optional<DataPlane> plane;
  private final Track track;
  private final Map<DataAddress, Peer> peers = new HashMap<>();
  private final Map<String, Peer> awaited = new TreeMap<>();
  private float[] values = new float[0];
  private final Map<Long, String> names = new HashMap<>();
  private volatile String unconnected = "";
  private volatile Network network = Network.QUIET;
  private long lookedNs = System.nanoTime();

  /**
   * @param track is told what is sent and received
   */
  PeerStreams(Optional<DataPlane> plane, Track track) {
    this.plane = plane;
    this.track = track;
  }

  /** Opens another data plane if this one is lost; no generation uses it. */
  void renewIfLost() {
    if (plane.isPresent() && plane().isLost()) {
      peers.clear();
      awaited.clear();
      plane = Optional.of(plane().anew());
    }
  }

  /**
   * Where peers reach this node, for as long as its data plane is not lost; null if it has none.
   */
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
    wanted.forEach((address, name) -> awaited.put(name, peer(address)));
    wanted.forEach((address, name) -> names.put(address.node(), name));
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

  private Peer peer(DataAddress address) {
    return peers.computeIfAbsent(address, plane()::connect);
  }

  /** Begins to connect a further peer, if that is not done. */
  Peer connect(Assignment.Share share) {
    Set<DataAddress> all = new HashSet<>(peers.keySet());
    all.add(share.address());
    plane().requireSpace(all);
    names.put(share.address().node(), share.node());
    return peer(share.address());
  }

  /** The streams over which state is fed in a prepared generation. */
  StateStreams ofState(GenerationId generation) {
    return new StateStreams(generation, this);
  }

  /** Whether the streams to and from a peer stand. */
  boolean isConnected(Peer peer) {
    return plane().isConnected(peer);
  }

  /**
   * Hands some of what has arrived to a receiver; returns the number of frames.
   *
   * @throws IllegalStateException if a peer's frame was damaged: what it carried will not come
   */
  int poll(io.larch.transport.Receiver receiver) {
    look();
    try {
      return plane().poll(receiver, POLL_LIMIT);
    } catch (FrameDamaged e) {
      throw new IllegalStateException(
          "a frame from %s was damaged on its way; damaged so far: %d"
              .formatted(name(e.sender().node()), plane().traffic().corrupt()),
          e);
    }
  }

  private String name(long node) {
    return names.getOrDefault(node, Long.toHexString(node));
  }

  /** Takes the counters down from time to time, so that any thread can ask for them. */
  private void look() {
    long now = System.nanoTime();
    if (now - lookedNs > LOOK_NS) {
      lookedNs = now;
      network = network(plane().traffic());
    }
  }

  private Network network(Traffic traffic) {
    return new Network(
        traffic.peers().stream().map(this::named).toList(),
        traffic.strangers(),
        traffic.corrupt(),
        traffic.stale(),
        traffic.retransmits());
  }

  private Network.OfStream named(Traffic.OfStream of) {
    return new Network.OfStream(
        name(of.node()),
        of.stream().name().toLowerCase(Locale.ROOT),
        of.bytesSent(),
        of.bytesReceived(),
        of.backPressured());
  }

  /** What has moved, up to a second ago; any thread may ask. */
  Network network() {
    return network;
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

  /** Sends a chunk; false while the stream is full. */
  boolean send(Peer peer, Stream stream, ChunkHeader header, FloatBuffer from, int first) {
    SendResult result = plane().send(peer, stream, header, from, first);
    return switch (result) {
      case SENT -> true;
      case BACK_PRESSURED, ADMIN_ACTION -> false;
      case NOT_CONNECTED, CLOSED, EXHAUSTED ->
          throw new IllegalStateException(
              "the stream to " + peer.address() + " is " + result.name().toLowerCase(Locale.ROOT));
    };
  }

  static boolean isOf(GenerationId generation, Chunk chunk) {
    return chunk.generation() == generation.counter()
        && chunk.incarnation() == generation.incarnation();
  }

  /** The values of a chunk, valid until the next. */
  float[] values(Chunk chunk) {
    if (values.length < chunk.count()) {
      values = new float[chunk.count()];
    }
    chunk.copyTo(FloatBuffer.wrap(values), 0);
    return values;
  }

  /** The streams of one generation. */
  private final class GenerationLinks implements Links {
    private final GenerationId generation;
    private final Map<Integer, Peer> byNumber = new HashMap<>();
    private final List<Slice> slices;
    private final Wire wire;
    private final Arrived arrived = new Arrived();

    private GenerationLinks(Assignment assignment, List<Slice> slices, Wire wire) {
      generation = assignment.generation();
      this.slices = slices;
      this.wire = wire;
      for (int node = 0; node < assignment.shares().size(); node++) {
        if (node != assignment.self()) {
          byNumber.put(node, peers.get(assignment.shares().get(node).address()));
        }
      }
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
              type,
              /* seal= */ 0);
      Stream stream = kind == Kind.WHOLE ? Stream.DOWN : Stream.UP;
      long began = System.nanoTime();
      boolean sent = PeerStreams.this.send(peer, stream, header, whole, from);
      if (sent) {
        track.span("send", slices.get(slice).layer(), slice, began, System.nanoTime());
      }
      return sent ? count : 0;
    }

    /** Statistics come down unrounded. */
    private Wire typeOf(Kind kind, int slice) {
      return kind == Kind.WHOLE && slices.get(slice).statistic() ? Wire.F32 : wire;
    }

    @Override
    public int receive(Receiver receiver) {
      return poll((stream, chunk) -> take(chunk, receiver));
    }

    private boolean take(Chunk chunk, Receiver receiver) {
      if (!isOf(generation, chunk) || !isSum(chunk)) {
        return false;
      }
      long began = System.nanoTime();
      arrived.chunk = chunk;
      boolean taken =
          receiver.part(
              chunk.kind() == ChunkHeader.Kind.TOTAL ? Kind.WHOLE : Kind.PARTIAL,
              chunk.step(),
              chunk.slice(),
              new TreeNode(chunk.level(), chunk.index()),
              chunk.offset(),
              arrived);
      track.span(
          "receive", slices.get(chunk.slice()).layer(), chunk.slice(), began, System.nanoTime());
      return taken;
    }

    private static boolean isSum(Chunk chunk) {
      return chunk.kind() == ChunkHeader.Kind.TOTAL || chunk.kind() == ChunkHeader.Kind.PARTIAL;
    }
  }

  /** The values of the chunk that is being handed over, where they arrived. */
  private static final class Arrived implements Values {
    private Chunk chunk;

    @Override
    public int count() {
      return chunk.count();
    }

    @Override
    public void load(int from, float[] into, int count) {
      chunk.load(from, into, count);
    }

    @Override
    public void copyTo(FloatBuffer into, int first) {
      chunk.copyTo(into, first);
    }
  }

  @Override
  public void close() {
    plane.ifPresent(DataPlane::close);
  }
}
