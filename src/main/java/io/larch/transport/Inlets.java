package io.larch.transport;

import io.aeron.Aeron;
import io.aeron.Subscription;
import io.aeron.exceptions.RegistrationException;
import io.aeron.logbuffer.FragmentHandler;
import io.larch.config.Refusal;
import io.larch.config.TransportSettings.Mode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;

/** What a node listens to: both streams, from each peer of its host and from all others by udp. */
final class Inlets {
  /** Stream ids over udp, where a socket belongs to one node. */
  static final int UDP_STREAMS = 1;

  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

  /** Takes frames. */
  interface Reader {
    /**
     * A frame, valid until it returns.
     *
     * @param source one writer's: a {@link RingInlet}, or by udp Aeron's {@link io.aeron.Image}
     */
    void frame(Object source, DirectBuffer buffer, int at, int length);
  }

  private final Map<Stream, Subscription> subscriptions = new EnumMap<>(Stream.class);
  private final Map<Stream, List<RingInlet>> rings = new EnumMap<>(Stream.class);
  private final Map<Stream, FragmentHandler> handlers = new EnumMap<>(Stream.class);
  private final String endpoint;
  private int turn;

  private Inlets(Aeron aeron, Mode mode, Channels channels, Map<Stream, Reader> readers) {
    for (Stream stream : Stream.values()) {
      Reader reader = readers.get(stream);
      rings.put(stream, new ArrayList<>());
      handlers.put(
          stream,
          (buffer, at, length, header) -> reader.frame(header.context(), buffer, at, length));
    }
    endpoint = mode == Mode.IPC ? "" : addUdp(aeron, channels);
  }

  /**
   * Opens them.
   *
   * @param readers take what arrives on each stream by udp
   * @throws Refusal if the udp port cannot be had
   */
  static Inlets open(Aeron aeron, Mode mode, Channels channels, Map<Stream, Reader> readers) {
    return new Inlets(aeron, mode, channels, readers);
  }

  private String addUdp(Aeron aeron, Channels channels) {
    String channel = channels.udpIn(aeron.nextCorrelationId());
    try {
      for (Stream stream : Stream.values()) {
        subscriptions.put(stream, aeron.addSubscription(channel, UDP_STREAMS + stream.id()));
      }
      return resolved(subscriptions.get(Stream.DOWN));
    } catch (RegistrationException e) {
      throw new Refusal(
          "The data plane cannot listen on %s port %d: %s; free the port, or set larch.cluster.transport.port to 0 for any free one and bind to an address of this host."
              .formatted(channels.settings().bind(), channels.settings().port(), e.getMessage()),
          e);
    }
  }

  private static String resolved(Subscription subscription) {
    long deadline = System.nanoTime() + PATIENCE_NS;
    String endpoint = subscription.resolvedEndpoint();
    while (endpoint == null) {
      if (System.nanoTime() > deadline) {
        throw new Refusal("The media driver does not open the socket of " + subscription.channel());
      }
      Thread.onSpinWait();
      endpoint = subscription.resolvedEndpoint();
    }
    return endpoint;
  }

  void add(Stream stream, RingInlet ring) {
    rings.get(stream).add(ring);
  }

  /** Closes the rings from a peer. */
  void remove(DataAddress peer) {
    for (List<RingInlet> all : rings.values()) {
      all.stream().filter(ring -> ring.from().equals(peer)).forEach(RingInlet::close);
      all.removeIf(ring -> ring.from().equals(peer));
    }
  }

  /** Closes all rings. */
  void close() {
    rings.values().forEach(all -> all.forEach(RingInlet::close));
    rings.clear();
  }

  /** Number of peers from which a stream comes by a ring. */
  int rings(Stream stream) {
    return rings.get(stream).size();
  }

  int poll(Stream stream, int limit) {
    Subscription subscription = subscriptions.get(stream);
    int frames = subscription == null ? 0 : subscription.poll(handlers.get(stream), limit);
    return frames + pollRings(stream, limit);
  }

  /** Each time another peer comes first. */
  private int pollRings(Stream stream, int limit) {
    List<RingInlet> all = rings.get(stream);
    int frames = 0;
    turn++;
    for (int i = 0; i < all.size() && frames < limit; i++) {
      RingInlet next = all.get(Math.floorMod(turn + i, all.size()));
      frames += next.poll(limit - frames);
    }
    return frames;
  }

  /** host:port; empty without udp. */
  String endpoint() {
    return endpoint;
  }
}
