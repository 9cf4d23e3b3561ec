package io.larch.transport;

import io.aeron.Aeron;
import io.aeron.AeronCounters;
import io.aeron.Image;
import io.aeron.exceptions.ClientTimeoutException;
import io.aeron.exceptions.ConductorServiceTimeoutException;
import io.aeron.exceptions.DriverTimeoutException;
import io.larch.config.TransportSettings;
import io.larch.config.TransportSettings.Mode;
import io.larch.config.TransportSettings.Ownership;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's end of the data plane: chunks of tensors to and from its peers. Not thread-safe: one
 * thread opens, polls and sends. Opening and closing may take a while; nothing else waits.
 *
 * <p>A peer's chunks are taken from the moment of {@link #connect} on. So nobody sends before every
 * node has connected every other and finds all of them {@link #isConnected connected}.
 *
 * <p>Two nodes that only send, both with full streams, wait for each other for ever: whoever finds
 * a stream full polls before he tries again.
 */
public final class DataPlane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DataPlane.class);
  private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long KEEP_ALIVE_NS = TimeUnit.MILLISECONDS.toNanos(500);

  /**
   * Of the thread that hears of streams that come and go; whoever adds one does not wait for it.
   */
  private static final long CONDUCTOR_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final TransportSettings settings;
  private final MediaHost host;
  private final boolean ownsHost;
  private final Channels channels;
  private final Long2ObjectHashMap<Peer> peers = new Long2ObjectHashMap<>();
  private final Chunk chunk = new Chunk();
  private final Map<Stream, Inlets.Reader> readers = new EnumMap<>(Stream.class);
  private final List<Image> doubtful = new ArrayList<>();
  private final Aeron aeron;
  private final Inlets inlets;
  private final Optional<Rings> rings;
  private final DataAddress address;
  private volatile Throwable lost;
  private Receiver receiver;
  private long lookedNs = System.nanoTime();
  private long strangers;
  private long corrupt;
  private long stale;

  private DataPlane(TransportSettings settings, long node, MediaHost host, boolean ownsHost) {
    this.settings = settings;
    this.host = host;
    this.ownsHost = ownsHost;
    channels = Sockets.measure(settings).channels();
    for (Stream stream : Stream.values()) {
      readers.put(stream, (from, buffer, at, length) -> arrived(stream, from, buffer, at, length));
    }
    aeron = Aeron.connect(context());
    boolean open = false;
    try {
      inlets = Inlets.open(aeron, settings.mode(), channels, readers);
      rings = openRings(node);
      address = addressOf(node);
      host.joined();
      open = true;
    } finally {
      if (!open) {
        aeron.close();
      }
    }
  }

  /** The same for a node whose id is drawn at random. */
  public static DataPlane open(TransportSettings settings) {
    return open(settings, ThreadLocalRandom.current().nextLong());
  }

  /**
   * Opens a node's end, starting a media driver where there is none.
   *
   * @param node the node's id, which no other node has
   * @throws io.larch.config.Refusal if this host cannot do what the settings ask
   */
  public static DataPlane open(TransportSettings settings, long node) {
    boolean embedded = settings.driver().ownership() == Ownership.EMBEDDED;
    MediaHost host = embedded ? EmbeddedDriver.start(settings) : SharedDriver.enter(settings);
    return open(settings, node, host, true);
  }

  /** The same over a media driver that is there; closes it in the end only if it owns it. */
  static DataPlane open(TransportSettings settings, long node, MediaHost host, boolean ownsHost) {
    boolean open = false;
    try {
      DataPlane plane = new DataPlane(settings, node, host, ownsHost);
      open = true;
      return plane;
    } finally {
      if (!open && ownsHost) {
        host.close();
      }
    }
  }

  private Aeron.Context context() {
    Duration liveness = settings.driver().liveness();
    return new Aeron.Context()
        .aeronDirectoryName(host.directory())
        .driverTimeoutMs(liveness.toMillis())
        .idleSleepDurationNs(CONDUCTOR_PAUSE_NS)
        .keepAliveIntervalNs(Math.min(KEEP_ALIVE_NS, liveness.toNanos() / 4))
        .errorHandler(this::onError)
        .subscriberErrorHandler(DataPlane::rethrow);
  }

  private Optional<Rings> openRings(long node) {
    return settings.mode() == Mode.UDP
        ? Optional.empty()
        : Optional.of(new Rings(aeron, host.directory(), settings.ipcRingBytes(), node));
  }

  private DataAddress addressOf(long node) {
    return new DataAddress(
        node,
        DriverFiles.nameOf(host.directory()),
        inlets.endpoint(),
        rings.map(Rings::place).orElse(-1L),
        settings.checksum());
  }

  /** What is no reason to end deserves a person's attention. */
  void onError(Throwable error) {
    if (error instanceof DriverTimeoutException
        || error instanceof ClientTimeoutException
        || error instanceof ConductorServiceTimeoutException) {
      lost = error;
    } else {
      LOG.warn("the media driver's client reports: {}", error.toString());
    }
  }

  /** What a receiver throws leaves {@link #poll}. */
  private static void rethrow(Throwable error) {
    if (error instanceof RuntimeException e) {
      throw e;
    }
    throw new IllegalStateException(error);
  }

  /** Where others send to. */
  public DataAddress address() {
    return address;
  }

  /**
   * Looks whether this host's shared memory holds the streams of these peers.
   *
   * @param to all peers that are to be connected, those that are already included
   * @throws io.larch.config.Refusal with the bytes needed and those there, if it does not
   */
  public void requireSpace(Collection<DataAddress> to) {
    long sharing = to.stream().filter(peer -> Routes.ipc(settings.mode(), address, peer)).count();
    Preflight.requireSpace(
        settings,
        host.directory(),
        inlets.rings(Stream.UP),
        1 + (int) sharing,
        to.size() - (int) sharing);
  }

  /**
   * Begins to connect a peer, and takes its chunks from now on.
   *
   * @throws DriverLost if the media driver is gone
   */
  public Peer connect(DataAddress peer) {
    requireDriver();
    if (peers.containsKey(peer.node())) {
      throw new IllegalStateException("node " + peer.node() + " is connected already");
    }
    boolean ipc = Routes.ipc(settings.mode(), address, peer);
    Peer connected = ipc ? inSharedMemory(peer) : overUdp(peer);
    peers.put(peer.node(), connected);
    return connected;
  }

  private Peer inSharedMemory(DataAddress peer) {
    ChunkWriter writer = new ChunkWriter(address.node(), peer.checks(/* ipc= */ true));
    Map<Stream, RingInlet> sources = ringsFrom(peer);
    Map<Stream, Outlet> outlets = new EnumMap<>(Stream.class);
    for (Stream stream : Stream.values()) {
      outlets.put(stream, rings.orElseThrow().outlet(peer, stream, writer));
    }
    Peer connected = new Peer(peer, Ring.CHUNK_BYTES, outlets);
    sources.forEach(inlets::add);
    sources.forEach(connected::setSource);
    return connected;
  }

  /** All of them or none. */
  private Map<Stream, RingInlet> ringsFrom(DataAddress peer) {
    Map<Stream, RingInlet> sources = new EnumMap<>(Stream.class);
    try {
      for (Stream stream : Stream.values()) {
        sources.put(stream, rings.orElseThrow().inlet(peer, stream, readers.get(stream)));
      }
      return sources;
    } catch (RuntimeException e) {
      sources.values().forEach(RingInlet::close);
      throw e;
    }
  }

  private Peer overUdp(DataAddress peer) {
    ChunkWriter writer = new ChunkWriter(address.node(), peer.checks(/* ipc= */ false));
    String channel = channels.udpOut(peer.endpoint());
    Map<Stream, Outlet> outlets = new EnumMap<>(Stream.class);
    for (Stream stream : Stream.values()) {
      outlets.put(stream, new UdpOutlet(aeron, channel, Inlets.UDP_STREAMS + stream.id(), writer));
    }
    return new Peer(peer, channels.chunkBytes(), outlets);
  }

  /** Takes nothing more from a peer and sends it nothing more. */
  public void disconnect(Peer peer) {
    if (peers.get(peer.address().node()) == peer) {
      peers.remove(peer.address().node());
      inlets.remove(peer.address());
    }
    peer.close();
  }

  /**
   * Whether both streams to a peer are there and the peer listens.
   *
   * @throws DriverLost if the media driver is gone
   * @throws IllegalStateException if the media driver could not make a stream
   */
  public boolean isConnected(Peer peer) {
    requireDriver();
    return peers.get(peer.address().node()) == peer && peer.isConnected();
  }

  /**
   * Hands what has arrived to a receiver, first of all down streams, then of all up streams.
   *
   * @param limit the most chunks of each kind from this host, and as many over udp
   * @return how many frames were taken, those dropped included
   * @throws DriverLost if the media driver is gone
   * @throws FrameDamaged if a frame was dropped that a peer has sent
   */
  public int poll(Receiver to, int limit) {
    requireDriver();
    host.polled();
    receiver = to;
    return inlets.poll(Stream.DOWN, limit) + inlets.poll(Stream.UP, limit);
  }

  private void arrived(Stream stream, Object source, DirectBuffer buffer, int at, int length) {
    boolean whole = chunk.wrap(buffer, at, length);
    Peer sender = whole ? peers.get(chunk.sender()) : null;
    if (!whole || (address.checks(source instanceof RingInlet) && !chunk.isIntact())) {
      drop(stream, source, sender != null);
    } else if (sender == null) {
      strangers++;
    } else {
      take(stream, source, sender);
    }
  }

  private void take(Stream stream, Object source, Peer sender) {
    sender.count(stream, chunk.length());
    boolean taken;
    try {
      taken = receiver.onChunk(stream, chunk);
    } catch (RuntimeException e) {
      trust(stream, source, sender);
      throw e;
    }
    if (!taken) {
      stale++;
    } else if (!sender.comesBy(stream, source)) {
      trust(stream, source, sender);
    }
  }

  /**
   * Whose chunk was taken, for it told a generation that strangers cannot guess, has sent what came
   * before by the same stream; so has whose chunk does not fit, for want of what was damaged.
   */
  private void trust(Stream stream, Object source, Peer sender) {
    sender.setSource(stream, source);
    if (doubtful.removeIf(image -> image == source)) {
      throw new FrameDamaged(sender.address());
    }
  }

  /**
   * What a header says may be damaged or made up; what counts is by which stream it came.
   *
   * @param named whether it is in a peer's name
   */
  private void drop(Stream stream, Object source, boolean named) {
    for (Peer peer : peers.values()) {
      if (peer.comesBy(stream, source)) {
        corrupt++;
        throw new FrameDamaged(peer.address());
      }
    }
    corrupt += named ? 1 : 0;
    strangers += named ? 0 : 1;
    doubt((Image) source);
  }

  /** It is not known whose stream this is. */
  private void doubt(Image image) {
    doubtful.removeIf(other -> other == image || other.isClosed());
    doubtful.add(image);
  }

  /**
   * Sends a chunk, or says why not; never waits.
   *
   * @param values of which {@code header.count()} from {@code first} on are sent
   * @throws DriverLost if the media driver is gone
   */
  public SendResult send(
      Peer peer, Stream stream, ChunkHeader header, FloatBuffer values, int first) {
    requireDriver();
    if (header.count() > peer.maxFloatsPerChunk(header.wire())) {
      throw new IllegalArgumentException(
          "count=%d > maxFloatsPerChunk=%d of node %d; cut smaller chunks or raise the MTU"
              .formatted(
                  header.count(), peer.maxFloatsPerChunk(header.wire()), peer.address().node()));
    }
    return peer.outlet(stream).send(header, values, first);
  }

  /** Whether the media driver is gone, or holds this node for gone: nothing moves any more. */
  public boolean isLost() {
    noticeDeath();
    return lost != null || aeron.isClosed();
  }

  /**
   * Closes this one, which is lost, and opens another with the same settings, at another address.
   *
   * @throws io.larch.config.Refusal if this host cannot do any more what the settings ask
   */
  public DataPlane anew() {
    close();
    return open(settings);
  }

  private void requireDriver() {
    long now = System.nanoTime();
    if (now - lookedNs > LOOK_NS) {
      lookedNs = now;
      noticeDeath();
    }
    if (lost != null || aeron.isClosed()) {
      throw new DriverLost(
          "The media driver of %s is lost to node %d: %s; open the data plane again."
              .formatted(
                  host.directory(),
                  address.node(),
                  lost == null ? "the data plane is closed" : lost.getMessage()),
          lost);
    }
  }

  /** Sooner than the driver's silence is noticed. */
  private void noticeDeath() {
    if (lost == null && !host.isAlive()) {
      lost = new IllegalStateException("its process has ended");
    }
  }

  /** What has moved so far. */
  public Traffic traffic() {
    List<Traffic.OfStream> streams = new ArrayList<>();
    for (Peer peer : peers.values()) {
      for (Stream stream : Stream.values()) {
        streams.add(peer.traffic(stream));
      }
    }
    return new Traffic(streams, strangers, corrupt, stale, retransmits());
  }

  private long retransmits() {
    return aeron.isClosed()
        ? 0
        : aeron.countersReader().getCounterValue(AeronCounters.SYSTEM_COUNTER_ID_RETRANSMITS_SENT);
  }

  /** Disconnects every peer and leaves the media driver, which ends if it was embedded. */
  @Override
  public void close() {
    peers.values().forEach(Peer::close);
    peers.clear();
    inlets.close();
    aeron.close();
    if (ownsHost) {
      host.close();
    }
  }
}
