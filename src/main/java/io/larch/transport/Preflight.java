package io.larch.transport;

import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import io.larch.config.TransportSettings.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What can be known of a host before its nodes connect. */
public final class Preflight {
  private static final int TERMS_PER_LOG = 3;
  private static final int STREAMS = Stream.values().length;
  private static final int MIB = 1 << 20;

  private Preflight() {}

  /**
   * Looks whether this host can carry the data plane.
   *
   * @param here nodes on this host that share its media driver
   * @param elsewhere nodes on other hosts
   * @return what deserves attention but does not hinder, a paragraph each
   * @throws Refusal if the address is not this host's, the port is taken, or the shared memory does
   *     not hold the logs of all streams
   */
  public static List<String> check(TransportSettings settings, int here, int elsewhere) {
    Sockets sockets = Sockets.measure(settings);
    requirePort(settings);
    requireSpace(settings, here, elsewhere, free(DriverFiles.of(settings).directory()));
    return sockets.warnings();
  }

  private static void requirePort(TransportSettings settings) {
    try (DatagramChannel probe = DatagramChannel.open()) {
      probe.bind(new InetSocketAddress(settings.bind(), settings.port()));
    } catch (IOException e) {
      throw new Refusal(
          "larch.cluster.transport.port = %d of %s cannot be had: %s; free it or set 0 for any free one."
              .formatted(settings.port(), settings.bind(), e.getMessage()),
          e);
    }
  }

  static void requireSpace(TransportSettings settings, int here, int elsewhere, long free) {
    long needed = logBytes(settings, here, elsewhere);
    if (needed > free) {
      throw new Refusal(
          "The streams of %d nodes on this host and %d elsewhere need %d MiB beside %s, where %d MiB are free; give more shared memory (containers: --shm-size), lower larch.cluster.transport.ipc-term or udp-term, or set driver.directory to a place with more."
              .formatted(
                  here, elsewhere, needed / MIB, DriverFiles.of(settings).directory(), free / MIB));
    }
  }

  /**
   * Bytes of the logs of all streams of this host: in shared memory, one log a stream that both
   * ends use; over udp, one at each end.
   */
  static long logBytes(TransportSettings settings, int here, int elsewhere) {
    long inside = (long) here * (here - 1) * STREAMS;
    long across = (long) here * elsewhere * STREAMS * 2;
    boolean udp = settings.mode() == Mode.UDP;
    long ipcLogs = udp ? 0 : inside;
    long udpLogs = across + (udp ? 2 * inside : 0);
    return TERMS_PER_LOG * (ipcLogs * settings.ipcTermBytes() + udpLogs * settings.udpTermBytes());
  }

  private static long free(Path directory) {
    try {
      Path place = directory.getParent();
      while (!Files.exists(place)) {
        place = place.getParent();
      }
      return Files.getFileStore(place).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the free space of " + directory, e);
    }
  }
}
