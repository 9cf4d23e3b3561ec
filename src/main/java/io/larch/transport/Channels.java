package io.larch.transport;

import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;
import io.larch.config.TransportSettings;

/**
 * The udp channels of a node.
 *
 * @param udpMtu bytes of a datagram; several fit a term
 * @param receiveBytes granted for a socket's receive buffer
 * @param sendBytes granted for a socket's send buffer
 */
record Channels(TransportSettings settings, int udpMtu, int receiveBytes, int sendBytes) {
  private static final int AERON_HEADER_BYTES = 32;

  /** The most bytes of a chunk in one datagram. */
  int chunkBytes() {
    return udpMtu - AERON_HEADER_BYTES;
  }

  /** Both of a node's udp streams: the tag makes them share one socket, whose port may be 0. */
  String udpIn(long tag) {
    return new ChannelUriStringBuilder()
        .media(CommonContext.UDP_MEDIA)
        .endpoint(endpoint(settings.bind(), settings.port()))
        .tags(Long.toString(tag))
        .socketRcvbufLength(receiveBytes)
        .build();
  }

  String udpOut(String endpoint) {
    return new ChannelUriStringBuilder()
        .media(CommonContext.UDP_MEDIA)
        .endpoint(endpoint)
        .termLength(settings.udpTermBytes())
        .mtu(udpMtu)
        .socketSndbufLength(sendBytes)
        .build();
  }

  private static String endpoint(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
