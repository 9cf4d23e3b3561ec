package io.larch.transport;

import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What this host really gives a udp socket.
 *
 * @param wholeBytes of the largest datagram that the interface of the address to bind carries whole
 * @param receiveBytes granted for the receive buffer
 * @param sendBytes granted for the send buffer
 */
record Sockets(TransportSettings settings, int wholeBytes, int receiveBytes, int sendBytes) {
  private static final int MAX_MTU = 65504;
  private static final int ALIGNMENT = 32;

  /** Of IPv4 or IPv6, and udp. */
  private static final int HEADERS_V4 = 20 + 8;

  private static final int HEADERS_V6 = 40 + 8;

  static Sockets measure(TransportSettings settings) {
    try (DatagramChannel probe = DatagramChannel.open()) {
      return new Sockets(
          settings,
          wholeBytes(settings.bind()),
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

  private static int wholeBytes(String bind) throws IOException {
    try {
      InetAddress address = InetAddress.getByName(bind);
      NetworkInterface found = NetworkInterface.getByInetAddress(address);
      if (found != null) {
        return found.getMTU() - (address instanceof Inet6Address ? HEADERS_V6 : HEADERS_V4);
      }
    } catch (UnknownHostException e) {
      throw notOurs(bind, e);
    }
    throw notOurs(bind, null);
  }

  private static Refusal notOurs(String bind, Throwable cause) {
    return new Refusal(
        "larch.cluster.transport.bind = %s is no address of this host; give one of an interface that is up."
            .formatted(bind),
        cause);
  }

  Channels channels() {
    int mtu = settings.udpMtu() == 0 ? fitting() : settings.udpMtu();
    return new Channels(
        settings, Math.min(mtu, settings.udpTermBytes() / 8), receiveBytes, sendBytes);
  }

  /** The largest that Aeron can make use of. */
  private int fitting() {
    return Math.min(MAX_MTU, wholeBytes / ALIGNMENT * ALIGNMENT);
  }

  /** Where this host gives less than is asked. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (Math.min(receiveBytes, sendBytes) < settings.socketBytes()) {
      warnings.add(
          "larch.cluster.transport.socket-buffer asks for %d bytes, the system grants %d to receive and %d to send; windows are made to fit. Raise net.core.rmem_max and net.core.wmem_max for more."
              .formatted(settings.socketBytes(), receiveBytes, sendBytes));
    }
    return warnings;
  }

  /** Datagrams that the interface would have to cut, so that each is lost if one part is. */
  Optional<String> tooLarge() {
    return settings.udpMtu() <= fitting()
        ? Optional.empty()
        : Optional.of(
            "larch.cluster.transport.udp-mtu = %d is more than the interface of %s carries in one packet (%d); raise the interface's MTU, or set udp-mtu to auto or at most %d."
                .formatted(settings.udpMtu(), settings.bind(), wholeBytes, fitting()));
  }
}
