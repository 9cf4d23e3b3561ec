package io.larch.web;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.ExceptionHandler;
import akka.http.javadsl.server.MethodRejection;
import akka.http.javadsl.server.Rejection;
import akka.http.javadsl.server.RejectionHandler;
import akka.http.javadsl.server.Route;
import akka.http.scaladsl.model.EntityStreamSizeException;
import akka.http.scaladsl.model.IllegalRequestException;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.observe.Json;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is sent back: JSON, and of errors one paragraph, as text or JSON by what is accepted. */
final class Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private Answers() {}

  static HttpResponse json(StatusCode status, Object value) {
    return HttpResponse.create()
        .withStatus(status)
        .withEntity(ContentTypes.APPLICATION_JSON, Json.write(value) + "\n");
  }

  /** Answers with a paragraph. */
  static Route error(StatusCode status, String paragraph) {
    return Directives.extractRequest(
        request -> Directives.complete(response(request, status, paragraph)));
  }

  /** Nothing under the routes answers in any other way than this class. */
  static Route inParagraphs(Route routes) {
    return Directives.handleExceptions(
        exceptions(), () -> Directives.handleRejections(rejections(), () -> routes));
  }

  /** Whatever failed, as an answer. */
  static Route failure(Throwable thrown) {
    Throwable e = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    if (e instanceof Refusal) {
      return error(StatusCodes.BAD_REQUEST, e.getMessage());
    } else if (e instanceof EntityStreamSizeException) {
      return error(
          StatusCodes.CONTENT_TOO_LARGE,
          "The body is larger than a run file may be, %d bytes.".formatted(RunFile.LARGEST_BYTES));
    } else if (e instanceof IllegalRequestException illegal) {
      return unreadable(illegal);
    } else if (e instanceof TimeoutException) {
      return error(
          StatusCodes.SERVICE_UNAVAILABLE,
          "The cluster did not answer this node within %d s; ask again, or another node."
              .formatted(RunRoutes.LIMIT.toSeconds()));
    }
    LOG.warn("a request failed", e);
    return error(StatusCodes.INTERNAL_SERVER_ERROR, "The request failed: " + e);
  }

  private static Route unreadable(IllegalRequestException e) {
    return e.status().equals(StatusCodes.REQUEST_TIMEOUT)
        ? error(
            StatusCodes.REQUEST_TIMEOUT,
            "The body of the request was not here within %d s; send it again."
                .formatted(RunRoutes.LIMIT.toSeconds()))
        : error(StatusCodes.BAD_REQUEST, "The request cannot be read: " + e.getMessage());
  }

  private static HttpResponse response(HttpRequest request, StatusCode status, String paragraph) {
    HttpResponse response = HttpResponse.create().withStatus(status);
    return wantsJson(request)
        ? response.withEntity(
            ContentTypes.APPLICATION_JSON, Json.write(Map.of("error", paragraph)) + "\n")
        : response.withEntity(ContentTypes.TEXT_PLAIN_UTF8, paragraph + "\n");
  }

  private static boolean wantsJson(HttpRequest request) {
    return request
        .getHeader("Accept")
        .filter(accept -> accept.value().contains(MediaTypes.APPLICATION_JSON.toString()))
        .isPresent();
  }

  private static ExceptionHandler exceptions() {
    return ExceptionHandler.newBuilder().matchAny(Answers::failure).build();
  }

  private static RejectionHandler rejections() {
    return RejectionHandler.newBuilder()
        .handleAll(
            MethodRejection.class,
            wrong ->
                error(
                    StatusCodes.METHOD_NOT_ALLOWED,
                    "This address takes " + wrong.get(0).supported().name() + " only."))
        .handleAll(
            Rejection.class,
            wrong -> error(StatusCodes.BAD_REQUEST, "The request cannot be read: " + wrong))
        .handleNotFound(
            error(
                StatusCodes.NOT_FOUND,
                "There is nothing at this address. The dashboard is at /larch. A run is at /larch/run/status, /events, /history, /layers, /tree, /timeline, /submit, /stop and /checkpoint; the node at /ready, /alive, /metrics and /cluster/members."))
        .build();
  }
}
