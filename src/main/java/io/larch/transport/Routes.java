package io.larch.transport;

import io.larch.config.Refusal;
import io.larch.config.TransportSettings.Mode;

/** Which medium leads from one node to another. */
final class Routes {
  private Routes() {}

  /**
   * Whether shared memory does; else it is udp.
   *
   * @throws Refusal if neither leads there
   */
  static boolean ipc(Mode mode, DataAddress from, DataAddress to) {
    boolean shared = to.place() >= 0 && from.mediaDriver().equals(to.mediaDriver());
    if (mode != Mode.UDP && shared) {
      return true;
    }
    if (mode == Mode.IPC || to.endpoint().isEmpty()) {
      throw new Refusal(
          "No medium leads from node %d (mode %s, media driver %s) to node %d (udp endpoint '%s', media driver %s); set larch.cluster.transport.mode to auto on both."
              .formatted(
                  from.node(),
                  mode,
                  from.mediaDriver(),
                  to.node(),
                  to.endpoint(),
                  to.mediaDriver()));
    }
    return false;
  }
}
