package io.larch.transport;

import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;
import io.larch.config.TransportSettings;

/**
 * The channels of a node.
 *
 * @param udpMtu bytes of a datagram; several fit a term
 * @param receiveBytes granted for a socket's receive buffer
 * @param sendBytes granted for a socket's send buffer
 */
record Channels(TransportSettings settings, int udpMtu, int receiveBytes, int sendBytes) {
  /** What shared memory carries in one frame, as much as a datagram could. */
  static final int IPC_MTU = 65504;

  static final String IPC_IN = CommonContext.IPC_CHANNEL;

  String ipcOut() {
    return new ChannelUriStringBuilder()
        .media(CommonContext.IPC_MEDIA)
        .termLength(settings.ipcTermBytes())
        .mtu(ipcMtu())
        .build();
  }

  /** Bytes of a frame in shared memory; several must fit a term. */
  int ipcMtu() {
    return Math.min(IPC_MTU, settings.ipcTermBytes() / 8);
  }

  /** Both of a node's udp streams: the tag makes them share one socket, whose port may be 0. */
  String udpIn(long tag) {
    return new ChannelUriStringBuilder()
        .media(CommonContext.UDP_MEDIA)
        .endpoint(endpoint(settings.bind(), settings.port()))
        .tags(Long.toString(tag))
        .socketRcvbufLength(receiveBytes)
        .receiverWindowLength(window())
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

  /** What may be under way to one stream's receiver: it must fit the socket and half a term. */
  int window() {
    return Math.min(receiveBytes, settings.udpTermBytes() / 2);
  }

  private static String endpoint(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
