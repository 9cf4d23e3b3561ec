package io.larch.transport;

import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import io.larch.config.TransportSettings.Mode;
import io.larch.config.TransportSettings.Ownership;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What can be known of a host before its nodes connect.
 *
 * @param problems for which the data plane cannot carry tensors here, a sentence each
 * @param warnings what deserves attention but does not hinder, a paragraph each
 */
public record Preflight(List<String> problems, List<String> warnings) {
  /** Of a media driver's own files: counters, buffers for its clients' orders, the loss report. */
  static final long DRIVER_BYTES = 48L << 20;

  private static final int TERMS_PER_LOG = 3;
  private static final int STREAMS = io.larch.transport.Stream.values().length;
  private static final long MIB = 1 << 20;

  /**
   * Looks whether this host can carry the data plane: that the address is its own and the port
   * free, that datagrams fit the interface and the shared memory holds the driver's files and the
   * streams. What drivers of killed nodes have left there is removed before it is measured.
   *
   * @param here nodes on this host that share its media driver
   * @param elsewhere nodes that are reached by udp
   */
  public static Preflight of(TransportSettings settings, int here, int elsewhere) {
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    if (settings.mode() != Mode.IPC) {
      try {
        Sockets sockets = Sockets.measure(settings);
        sockets.tooLarge().ifPresent(problems::add);
        warnings.addAll(sockets.warnings());
        takenPort(settings).ifPresent(problems::add);
      } catch (Refusal noSocket) {
        problems.add(noSocket.getMessage());
      }
    }
    if (settings.driver().ownership() == Ownership.EMBEDDED) {
      EmbeddedPlace.removeLeftBehind(settings);
    }
    DriverFiles files = DriverFiles.of(settings);
    long available = free(files.directory()) + inLogs(files.directory());
    long needed = ownBytes(settings, files) + streamBytes(settings, here, elsewhere);
    lackOfSpace(settings, here, elsewhere, needed, available).ifPresent(problems::add);
    return new Preflight(List.copyOf(problems), List.copyOf(warnings));
  }

  private static Optional<String> takenPort(TransportSettings settings) {
    try (DatagramChannel probe = DatagramChannel.open()) {
      probe.bind(new InetSocketAddress(settings.bind(), settings.port()));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "larch.cluster.transport.port = %d of %s cannot be had: %s; free it or set 0 for any free one."
              .formatted(settings.port(), settings.bind(), e.getMessage()));
    }
  }

  /**
   * Refuses more peers than the shared memory holds the streams of.
   *
   * @param directory of the media driver that serves this node
   * @param joined peers with which it has rings: what has been joined has no name to be found by
   */
  static void requireSpace(
      TransportSettings settings, String directory, int joined, int here, int elsewhere) {
    Path files = Path.of(directory);
    lackOfSpace(
            settings,
            here,
            elsewhere,
            streamBytes(settings, here, elsewhere),
            free(files) + inLogs(files) + ringBytes(settings, 1 + joined))
        .ifPresent(
            lack -> {
              throw new Refusal(lack);
            });
  }

  static Optional<String> lackOfSpace(
      TransportSettings settings, int here, int elsewhere, long needed, long available) {
    return needed <= available
        ? Optional.empty()
        : Optional.of(
            "The media driver's files and streams (nodes on this host: %d, elsewhere: %d) need %d MiB beside %s, where %d MiB are free; give more shared memory (containers: --shm-size), lower larch.cluster.transport.ipc-ring or udp-term, or set driver.directory to a place with more."
                .formatted(
                    here,
                    elsewhere,
                    (needed + MIB - 1) / MIB,
                    DriverFiles.of(settings).directory(),
                    available / MIB));
  }

  /** A shared driver that lives has its files already. */
  private static long ownBytes(TransportSettings settings, DriverFiles files) {
    boolean there =
        settings.driver().ownership() == Ownership.SHARED && Files.isDirectory(files.directory());
    return there ? 0 : DRIVER_BYTES;
  }

  /**
   * Bytes of all streams of this host: in shared memory, a ring each that both ends use; over udp,
   * a log at each end. Nodes with a driver of their own share no memory.
   */
  static long streamBytes(TransportSettings settings, int here, int elsewhere) {
    long inside = (long) here * (here - 1) * STREAMS;
    long across = (long) here * elsewhere * STREAMS * 2;
    boolean apart =
        settings.mode() == Mode.UDP || settings.driver().ownership() == Ownership.EMBEDDED;
    long logs = across + (apart ? 2 * inside : 0);
    return (apart ? 0 : ringBytes(settings, here)) + logs * TERMS_PER_LOG * settings.udpTermBytes();
  }

  /** Bytes of the rings between so many nodes. */
  private static long ringBytes(TransportSettings settings, int nodes) {
    return (long) nodes * (nodes - 1) * STREAMS * Ring.fileBytes(settings.ipcRingBytes());
  }

  private static long free(Path directory) {
    try {
      Path place = directory;
      while (!Files.exists(place)) {
        place = place.getParent();
      }
      return Files.getFileStore(place).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the free space of " + directory, e);
    }
  }

  /** Of a driver's logs that are there: those of peers that go make room for those that come. */
  private static long inLogs(Path directory) {
    long bytes = 0;
    for (String logs : List.of("publications", "images")) {
      Path folder = directory.resolve(logs);
      if (Files.isDirectory(folder)) {
        try (Stream<Path> files = Files.list(folder)) {
          bytes += files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
          throw new UncheckedIOException("cannot list " + folder, e);
        }
      }
    }
    return bytes;
  }
}
