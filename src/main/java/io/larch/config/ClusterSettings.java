package io.larch.config;

import java.time.Duration;
import java.util.List;

/**
 * A node's place among the others.
 *
 * @param name of the cluster; the same on all its nodes
 * @param host by which the other nodes reach this one
 * @param port of messages between actors; 0 for any free one
 * @param bindHost address to listen on, where it is not {@code host}
 * @param lifelinePort of the connections by which others see this process die; 0 for any free one
 * @param seeds nodes to join at; with neither seeds nor bootstrap a node begins a cluster alone
 * @param roles words that others may look for
 * @param tls read only with {@link Artery#TLS_TCP}
 * @param integrity whether a node checks its committed weights before it uses them
 * @param chaos whether it may be damaged on purpose by an order to its management endpoint
 * @param transport how tensors travel
 */
public record ClusterSettings(
    String name,
    String host,
    int port,
    String bindHost,
    int lifelinePort,
    List<HostAndPort> seeds,
    Bootstrap bootstrap,
    List<String> roles,
    Artery artery,
    Tls tls,
    Patience patience,
    boolean integrity,
    boolean chaos,
    TransportSettings transport) {

  /** How messages between actors travel; tensors have a way of their own. */
  public enum Artery {
    TCP,
    TLS_TCP,
    AERON_UDP
  }

  /** Whom a node looks for to form a cluster with. */
  public enum Discovery {
    NONE,
    CONFIG,
    DNS
  }

  /**
   * Finding the others by discovery instead of seeds.
   *
   * @param service the name to look up by DNS
   * @param endpoints management endpoints, for discovery by config
   * @param nodes how many must be seen before a new cluster is formed
   */
  public record Bootstrap(
      Discovery discovery, String service, List<HostAndPort> endpoints, int nodes) {}

  /**
   * Stores in PKCS12 with this node's key and with the certificates it trusts.
   *
   * @param keyStore path
   * @param trustStore path
   */
  public record Tls(
      String keyStore, String keyStorePassword, String trustStore, String trustStorePassword) {
    /** Without the passwords. */
    @Override
    public String toString() {
      return "Tls[keyStore=" + keyStore + ", trustStore=" + trustStore + "]";
    }
  }

  /**
   * When silence becomes absence.
   *
   * @param heartbeatInterval between signs of life
   * @param acceptablePause in heartbeats, before a node counts as unreachable
   * @param stableAfter how long unreachability must last unchanged before the majority goes on
   *     alone
   * @param joinLimit how long a node tries to become a member
   */
  public record Patience(
      Duration heartbeatInterval,
      Duration acceptablePause,
      Duration stableAfter,
      Duration joinLimit) {
    /** How long a silent node stays a member, about. */
    public Duration untilOut() {
      return acceptablePause.plus(stableAfter);
    }
  }

  /** Whether there are others at whom the node can join. */
  public boolean hasOthers() {
    HostAndPort self = new HostAndPort(host, port);
    return bootstrap.discovery() != Discovery.NONE
        || seeds.stream().anyMatch(seed -> !seed.equals(self));
  }

  /** Whether the node begins a cluster of its own. */
  public boolean alone() {
    return seeds.isEmpty() && bootstrap.discovery() == Discovery.NONE;
  }
}
