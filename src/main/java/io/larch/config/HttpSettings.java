package io.larch.config;

/**
 * A node's management endpoint.
 *
 * @param host by which others reach it
 * @param port 0 for any free one
 * @param bindHost address to listen on, where it is not {@code host}
 * @param token asked of whoever changes state; empty for none, which only a loopback address may
 */
public record HttpSettings(String host, int port, String bindHost, String token) {
  /** Whether other machines can reach an address. */
  static boolean exposed(String host) {
    return !host.matches("localhost|127(\\.\\d{1,3}){3}|::1|\\[::1]");
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "HttpSettings[" + host + ":" + port + ", bindHost=" + bindHost + "]";
  }
}
