package io.larch.config;

import java.time.Duration;
import java.util.List;

/**
 * How tensors travel between nodes; {@code reference.conf} documents each key.
 *
 * @param mode over which medium
 * @param bind the address of this host that other hosts reach; never a wildcard
 * @param port of the udp endpoint; 0 for any that is free
 * @param ipcRingBytes of the ring of a stream in shared memory; a power of two
 * @param udpTermBytes length of a term of a udp stream; a power of two
 * @param udpMtu bytes of a datagram with Aeron's header, a multiple of 32; 0 for as much as the
 *     interface of {@code bind} carries
 * @param socketBytes asked of the system for each socket's buffers; it may grant less
 * @param checksum which chunks the node takes only with a CRC-32C; its peers are told
 */
public record TransportSettings(
    Mode mode,
    String bind,
    int port,
    int ipcRingBytes,
    int udpTermBytes,
    int udpMtu,
    int socketBytes,
    Checksum checksum,
    Driver driver,
    Loss loss) {

  /** Shared memory where two nodes share a media driver and else udp, or only one of them. */
  public enum Mode {
    AUTO,
    IPC,
    UDP
  }

  /** Which chunks must carry a CRC-32C: those over udp, all or none. */
  public enum Checksum {
    UDP,
    ALWAYS,
    NEVER
  }

  /** Whose media driver: the host's, or one inside this process. */
  public enum Ownership {
    SHARED,
    EMBEDDED
  }

  /**
   * The media driver.
   *
   * @param directory its files, best in shared memory; empty for one a user, host and network
   * @param liveness after so long without a sign of life driver and clients hold each other for
   *     dead
   * @param linger how long a shared driver outlives its last client
   */
  public record Driver(Ownership ownership, String directory, Duration liveness, Duration linger) {}

  /**
   * Datagrams thrown away on purpose, for tests.
   *
   * @param data share of data frames lost when sent, in [0, 1)
   * @param control share of control frames lost when sent or received, in [0, 1)
   * @param seed of the choice
   */
  public record Loss(double data, double control, long seed) {}

  /** What it takes to load equal settings: {@code key=value}, one for each key. */
  public List<String> options() {
    return TransportKeys.text(this).entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .toList();
  }
}
