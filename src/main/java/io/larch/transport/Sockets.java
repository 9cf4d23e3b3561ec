package io.larch.transport;

import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * What this host really gives a udp socket.
 *
 * @param interfaceMtu bytes of a packet on the interface of the address to bind
 * @param receiveBytes granted for the receive buffer
 * @param sendBytes granted for the send buffer
 */
record Sockets(TransportSettings settings, int interfaceMtu, int receiveBytes, int sendBytes) {
  private static final int MAX_MTU = 65504;
  private static final int ALIGNMENT = 32;

  /** Of IPv4 and udp, in front of what Aeron sends. */
  private static final int PACKET_HEADERS = 28;

  static Sockets measure(TransportSettings settings) {
    try (DatagramChannel probe = DatagramChannel.open()) {
      return new Sockets(
          settings,
          interfaceOf(settings.bind()).getMTU(),
          granted(probe, StandardSocketOptions.SO_RCVBUF, settings.socketBytes()),
          granted(probe, StandardSocketOptions.SO_SNDBUF, settings.socketBytes()));
    } catch (IOException e) {
      throw new Refusal("No udp socket can be had on this host: " + e.getMessage(), e);
    }
  }

  private static int granted(DatagramChannel probe, SocketOption<Integer> buffer, int asked)
      throws IOException {
    return Math.min(asked, probe.setOption(buffer, asked).getOption(buffer));
  }

  private static NetworkInterface interfaceOf(String bind) throws IOException {
    NetworkInterface found = NetworkInterface.getByInetAddress(InetAddress.getByName(bind));
    if (found == null) {
      throw new Refusal(
          "larch.cluster.transport.bind = %s is no address of this host; give one of an interface that is up."
              .formatted(bind));
    }
    return found;
  }

  Channels channels() {
    int mtu = settings.udpMtu() == 0 ? fitting() : settings.udpMtu();
    return new Channels(
        settings, Math.min(mtu, settings.udpTermBytes() / 8), receiveBytes, sendBytes);
  }

  /** The largest datagram that the interface carries whole. */
  private int fitting() {
    return Math.min(MAX_MTU, (interfaceMtu - PACKET_HEADERS) / ALIGNMENT * ALIGNMENT);
  }

  /** Where this host gives less than is asked. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (Math.min(receiveBytes, sendBytes) < settings.socketBytes()) {
      warnings.add(
          "larch.cluster.transport.socket-buffer asks for %d bytes, the system grants %d to receive and %d to send; windows are made to fit. Raise net.core.rmem_max and net.core.wmem_max for more."
              .formatted(settings.socketBytes(), receiveBytes, sendBytes));
    }
    if (settings.udpMtu() > fitting()) {
      warnings.add(
          "larch.cluster.transport.udp-mtu = %d is more than the interface of %s carries in one packet (%d): each datagram is cut, and lost if one part is. Set auto or at most %d."
              .formatted(settings.udpMtu(), settings.bind(), interfaceMtu, fitting()));
    }
    return warnings;
  }
}
