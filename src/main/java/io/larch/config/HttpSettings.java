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
    return !host.matches("(?i)localhost|127(\\.\\d{1,3}){3}|::1|\\[::1]");
  }

  /**
   * Whether a host that a request names is this endpoint by all means: a loopback address, {@code
   * localhost}, or {@code host} itself. Any other name may be made to lead here by whoever owns it.
   *
   * @param named without a port; an IPv6 address with or without brackets
   */
  public boolean isNamed(String named) {
    return !exposed(named) || bare(named).equalsIgnoreCase(bare(host));
  }

  private static String bare(String host) {
    return host.replaceAll("^\\[|]$", "");
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "HttpSettings[" + host + ":" + port + ", bindHost=" + bindHost + "]";
  }
}
