package io.larch.web;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.Route;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Supplier;

/**
 * Who may change state: whoever sends the node's token, where it has one. A browser's page from
 * elsewhere may not even without, since it names its origin and reaches a loopback address too.
 */
final class Access {
  private final byte[] expected;

  /**
   * @param token empty for none
   */
  Access(String token) {
    expected = token.isEmpty() ? new byte[0] : bytes("Bearer " + token);
  }

  Route guard(Supplier<Route> inner) {
    return Directives.extractRequest(
        request -> {
          if (!mayChange(request)) {
            return Answers.error(
                StatusCodes.UNAUTHORIZED,
                "This changes state and needs the node's token (larch.http.token), sent as the header \"Authorization: Bearer TOKEN\".");
          } else if (isFromElsewhere(request)) {
            return Answers.error(
                StatusCodes.FORBIDDEN, "A page of another origin may not change state here.");
          }
          return inner.get();
        });
  }

  private boolean mayChange(HttpRequest request) {
    byte[] given = bytes(header(request, "Authorization"));
    return expected.length == 0 || MessageDigest.isEqual(expected, given);
  }

  private static boolean isFromElsewhere(HttpRequest request) {
    String origin = header(request, "Origin");
    return !origin.isEmpty() && !origin.endsWith("//" + header(request, "Host"));
  }

  private static String header(HttpRequest request, String name) {
    return request.getHeader(name).map(header -> header.value()).orElse("");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
