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

/** What a node listens to: both streams, over each medium that its mode admits. */
final class Inlets {
  /** Stream ids over udp, where a socket belongs to one node. */
  static final int UDP_STREAMS = 1;

  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

  private final Map<Stream, List<Subscription>> subscriptions = new EnumMap<>(Stream.class);
  private final int ipcStreams;
  private final String endpoint;

  private Inlets(Aeron aeron, Mode mode, Channels channels) {
    for (Stream stream : Stream.values()) {
      subscriptions.put(stream, new ArrayList<>());
    }
    ipcStreams = mode == Mode.UDP ? -1 : addIpc(aeron);
    endpoint = mode == Mode.IPC ? "" : addUdp(aeron, channels);
  }

  /**
   * Opens them.
   *
   * @throws Refusal if the udp port cannot be had
   */
  static Inlets open(Aeron aeron, Mode mode, Channels channels) {
    return new Inlets(aeron, mode, channels);
  }

  /** Numbers that the driver gives out once, so no two nodes of one driver share a stream. */
  private int addIpc(Aeron aeron) {
    int first = Math.toIntExact(Stream.values().length * aeron.nextCorrelationId());
    for (Stream stream : Stream.values()) {
      add(stream, aeron.addSubscription(Channels.IPC_IN, first + stream.id()));
    }
    return first;
  }

  private String addUdp(Aeron aeron, Channels channels) {
    String channel = channels.udpIn(aeron.nextCorrelationId());
    try {
      Subscription last = null;
      for (Stream stream : Stream.values()) {
        last = aeron.addSubscription(channel, UDP_STREAMS + stream.id());
        add(stream, last);
      }
      return resolved(last);
    } catch (RegistrationException e) {
      throw new Refusal(
          "The data plane cannot listen on %s port %d: %s; free the port, or set larch.cluster.transport.port to 0 for any free one and bind to an address of this host."
              .formatted(channels.settings().bind(), channels.settings().port(), e.getMessage()),
          e);
    }
  }

  private void add(Stream stream, Subscription subscription) {
    subscriptions.get(stream).add(subscription);
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

  int poll(Stream stream, FragmentHandler handler, int limit) {
    int frames = 0;
    for (Subscription subscription : subscriptions.get(stream)) {
      frames += subscription.poll(handler, limit - frames);
    }
    return frames;
  }

  int ipcStreams() {
    return ipcStreams;
  }

  /** host:port; empty without udp. */
  String endpoint() {
    return endpoint;
  }
}
