package io.larch.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a node listens. */
public record HostAndPort(String host, int port) {
  private static final int LAST_PORT = 65_535;
  private static final Pattern TEXT = Pattern.compile("(\\[[^\\]]+\\]|[^:\\s]+):(\\d{1,5})");

  /** Reads {@code host:port}, an IPv6 address in brackets; empty when it is none. */
  static Optional<HostAndPort> of(String text) {
    Matcher matcher = TEXT.matcher(text.trim());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(matcher.group(2));
    return port < 1 || port > LAST_PORT
        ? Optional.empty()
        : Optional.of(new HostAndPort(matcher.group(1), port));
  }

  /**
   * Says that nobody can listen here, and what to do about it.
   *
   * @param what was to listen, as a sentence begins with it
   * @param key of the setting of the port, without {@code larch.}
   * @param why as the system says it
   */
  public String cannotBeHad(String what, String key, String why) {
    return "%s cannot listen on %s (%s). Another program, perhaps another node, may have that port, or the address is not one of this machine; give others by larch.%s (0 for any free one) and larch.%s.host or bind-host."
        .formatted(what, this, why, key, key.substring(0, key.indexOf('.')));
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
