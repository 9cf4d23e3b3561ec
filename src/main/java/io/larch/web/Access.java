package io.larch.web;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.Route;
import io.larch.config.HttpSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Supplier;

/**
 * Who may change state: whoever sends the node's token, where it has one. A browser's page from
 * elsewhere may not even without, though it reaches a loopback address too: it names its origin,
 * and where the name of that origin has been made to lead here, the name betrays it.
 */
final class Access {
  private final HttpSettings http;
  private final byte[] expected;

  /** As the settings of the endpoint say. */
  Access(HttpSettings http) {
    this.http = http;
    expected = bytes("Bearer " + http.token());
  }

  Route guard(Supplier<Route> inner) {
    return Directives.extractRequest(request -> guard(request, inner));
  }

  private Route guard(HttpRequest request, Supplier<Route> inner) {
    if (hasToken() && !bringsToken(request)) {
      return Answers.error(
          StatusCodes.UNAUTHORIZED,
          "This changes state and needs the node's token (larch.http.token), sent as the header \"Authorization: Bearer TOKEN\".");
    } else if (!hasToken() && !http.isNamed(host(request))) {
      return Answers.error(
          StatusCodes.FORBIDDEN,
          "This changes state and was asked of the host \"%s\", a name by which a node without a token takes no orders; ask it of localhost, of a loopback address or of larch.http.host = %s, or give the node a larch.http.token."
              .formatted(host(request), http.host()));
    } else if (isFromElsewhere(request)) {
      return Answers.error(
          StatusCodes.FORBIDDEN, "A page of another origin may not change state here.");
    }
    return inner.get();
  }

  private boolean hasToken() {
    return !http.token().isEmpty();
  }

  private boolean bringsToken(HttpRequest request) {
    return MessageDigest.isEqual(expected, bytes(header(request, "Authorization")));
  }

  /** As the request names it, without the port. */
  private static String host(HttpRequest request) {
    return header(request, "Host").replaceFirst(":\\d*$", "");
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
