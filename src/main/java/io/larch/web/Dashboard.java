package io.larch.web;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.pathEnd;
import static akka.http.javadsl.server.Directives.pathPrefix;
import static akka.http.javadsl.server.Directives.pathSingleSlash;
import static akka.http.javadsl.server.Directives.redirect;
import static akka.http.javadsl.server.Directives.reject;
import static akka.http.javadsl.server.PathMatchers.segment;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.Uri;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.server.Route;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The page that shows a run, all of it from the jar: nothing is fetched from anywhere else. It only
 * reads; what it shows it asks of the routes of {@link RunRoutes}.
 */
final class Dashboard {
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
  private static final ContentType SCRIPT = ContentTypes.parse("text/javascript; charset=utf-8");
  private static final ContentType STYLE = ContentTypes.parse("text/css; charset=utf-8");
  private static final ContentType PICTURE = ContentTypes.parse("image/svg+xml");

  /** Names under {@code /larch/dashboard} and where in the jar they lie. */
  private static final Map<String, String> FILES =
      Map.ofEntries(
          Map.entry("app.js", "/dashboard/app.js"),
          Map.entry("charts.js", "/dashboard/charts.js"),
          Map.entry("cluster.js", "/dashboard/cluster.js"),
          Map.entry("heat.js", "/dashboard/heat.js"),
          Map.entry("words.js", "/dashboard/words.js"),
          Map.entry("style.css", "/dashboard/style.css"),
          Map.entry("icon.svg", "/dashboard/icon.svg"),
          Map.entry("uplot.js", UPLOT + "uPlot.iife.min.js"),
          Map.entry("uplot.css", UPLOT + "uPlot.min.css"));

  private Dashboard() {}

  static Route routes() {
    return concat(
        pathEnd(() -> get(() -> file("/dashboard/index.html", ContentTypes.TEXT_HTML_UTF8))),
        pathSingleSlash(() -> get(() -> redirect(Uri.create("/larch"), StatusCodes.FOUND))),
        pathPrefix("dashboard", () -> path(segment(), name -> get(() -> named(name)))));
  }

  private static Route named(String name) {
    return FILES.containsKey(name) ? file(FILES.get(name), type(name)) : reject();
  }

  private static ContentType type(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "js" -> SCRIPT;
      case "css" -> STYLE;
      default -> PICTURE;
    };
  }

  private static Route file(String resource, ContentType type) {
    return complete(
        HttpResponse.create()
            .withEntity(HttpEntities.create(type, bytes(resource)))
            .addHeader(RawHeader.create("Cache-Control", "no-cache"))
            .addHeader(
                RawHeader.create(
                    "Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"))
            .addHeader(RawHeader.create("X-Content-Type-Options", "nosniff")));
  }

  private static byte[] bytes(String resource) {
    try (InputStream in = Dashboard.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }
}
