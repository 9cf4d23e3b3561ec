package io.larch.transport;

import io.larch.config.TransportSettings.Checksum;

/**
 * Where a node's tensors are to be sent; a plain value for messages between nodes. It holds for as
 * long as the data plane that gave it is open.
 *
 * @param node the node's id, in every chunk it sends
 * @param mediaDriver names one life of one media driver on one host; only nodes with equal names
 *     share memory
 * @param endpoint host:port for udp; empty if it takes none
 * @param place number of its place in that driver's shared memory; -1 if it takes nothing there
 * @param checksum which chunks it takes only with a CRC
 */
public record DataAddress(
    long node, String mediaDriver, String endpoint, long place, Checksum checksum) {

  /** Whether what is sent there must carry a CRC, in shared memory or else over udp. */
  boolean checks(boolean ipc) {
    return checksum == Checksum.ALWAYS || (checksum == Checksum.UDP && !ipc);
  }
}
