package io.larch.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.Route;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import scala.concurrent.duration.FiniteDuration;

class AnswersTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @AfterAll
  static void end() {
    KIT.shutdownTestKit();
  }

  @Test
  void shouldTellABodyThatDoesNotComeFromAClusterThatDoesNotAnswer() throws Exception {
    FiniteDuration soon = FiniteDuration.create(1, TimeUnit.MILLISECONDS);
    HttpRequest slow =
        HttpRequest.POST("/")
            .withEntity(
                HttpEntities.createChunked(
                    ContentTypes.TEXT_PLAIN_UTF8, Source.<ByteString>maybe()));
    HttpResponse body =
        answer(Directives.extractStrictEntity(soon, all -> Directives.complete("")), slow);
    assertEquals(408, body.status().intValue());
    assertTrue(text(body).startsWith("The body of the request was not here"), text(body));

    HttpResponse cluster = answer(Answers.failure(new TimeoutException()), HttpRequest.GET("/"));
    assertEquals(503, cluster.status().intValue());
    assertTrue(text(cluster).startsWith("The cluster did not answer"), text(cluster));
  }

  private static HttpResponse answer(Route route, HttpRequest request) throws Exception {
    return Answers.inParagraphs(route)
        .handler(KIT.system())
        .apply(request)
        .toCompletableFuture()
        .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private static String text(HttpResponse response) throws Exception {
    return response
        .entity()
        .toStrict(LIMIT.toMillis(), KIT.system())
        .toCompletableFuture()
        .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
        .getData()
        .utf8String();
  }
}
