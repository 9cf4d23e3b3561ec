package io.larch.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.larch.config.Refusal;
import io.larch.observe.Json;
import io.larch.run.Failure;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which cluster a command talks to, by the management endpoint of any of its nodes. */
final class ClusterAccess {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(LIMIT).build();

  @Option(
      names = "--to",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:7626",
      description = "Management endpoint of any node of the cluster (${DEFAULT-VALUE}).")
  private String url;

  @Mixin private final Token token = new Token();

  /** Asks for something, and reads the answer as a record. */
  <T> T fetch(String path, Class<T> type) {
    return read(send(request(path).timeout(LIMIT).GET()), type);
  }

  /** Orders something, and reads the answer as a record. */
  <T> T order(String path, String body, Class<T> type) {
    return read(send(request(path).timeout(LIMIT).POST(BodyPublishers.ofString(body))), type);
  }

  /**
   * The lines of an answer without end.
   *
   * @param ended completes with its status and, if it is an error, its text
   */
  record Lines(LineQueue queue, CompletableFuture<HttpResponse<String>> ended) {}

  /** Begins to read an answer line by line. */
  Lines lines(String path) {
    LineQueue queue = new LineQueue();
    CompletableFuture<HttpResponse<String>> ended =
        http.sendAsync(
                request(path).GET().build(),
                info ->
                    info.statusCode() == 200
                        ? HttpResponse.BodySubscribers.fromLineSubscriber(
                            queue, done -> "", UTF_8, null)
                        : HttpResponse.BodySubscribers.ofString(UTF_8))
            .whenComplete((answer, error) -> queue.end());
    return new Lines(queue, ended);
  }

  /** Waits for an answer and throws what it says is wrong. */
  HttpResponse<String> sound(CompletableFuture<HttpResponse<String>> answer) {
    try {
      HttpResponse<String> got = answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      check(got);
      return got;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.FAILED, "Interrupted while asking " + url + ".", e);
    } catch (ExecutionException e) {
      throw unanswered(e.getCause());
    } catch (TimeoutException e) {
      throw unanswered(e);
    }
  }

  /** What the command was told to ask. */
  String url() {
    return url;
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    return sound(http.sendAsync(request.build(), BodyHandlers.ofString()));
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(endpoint(url).resolve("/larch/" + path));
    return token.value().isEmpty()
        ? request
        : request.setHeader("Authorization", "Bearer " + token.value());
  }

  /** The address of a management endpoint as it is given by {@code --to}. */
  static URI endpoint(String url) {
    try {
      URI base = URI.create(url);
      if (base.getHost() != null && String.valueOf(base.getScheme()).matches("https?")) {
        return base;
      }
    } catch (IllegalArgumentException e) {
      throw wrongAddress(url, e);
    }
    throw wrongAddress(url, null);
  }

  private static Refusal wrongAddress(String url, Throwable cause) {
    return new Refusal(
        "--to "
            + url
            + " is no address of a management endpoint; write it as http://HOST:PORT, as a node prints it at its start.",
        cause);
  }

  private void check(HttpResponse<String> answer) {
    int status = answer.statusCode();
    String said = answer.body().strip();
    if (status == 401) {
      throw new Refusal(
          "The node at "
              + url
              + " asks for another token; give the one of its larch.http.token by --token or in the environment variable LARCH_TOKEN.");
    } else if (status == 400) {
      throw new Refusal(said);
    } else if (status == 409) {
      throw new Failure(Failure.Kind.FAILED, said, null);
    } else if (status / 100 != 2) {
      throw new Failure(
          Failure.Kind.FAILED, url + " answers " + status + ": " + shortened(said), null);
    }
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() > 400 ? line.substring(0, 400) + " …" : line;
  }

  private RuntimeException unanswered(Throwable e) {
    if (e.getCause() instanceof UnresolvedAddressException) {
      return new Refusal("--to " + url + " names a host that is not known here.", e);
    }
    String why =
        e instanceof HttpTimeoutException || e instanceof TimeoutException
            ? "no answer within " + LIMIT.toSeconds() + " s"
            : e.getMessage() == null ? "nobody listens there" : e.getMessage();
    return new Failure(
        Failure.Kind.FAILED,
        "The management endpoint "
            + url
            + " cannot be reached ("
            + why
            + "). Is a node running there? Give the address of one by --to.",
        e);
  }

  private <T> T read(HttpResponse<String> answer, Class<T> type) {
    try {
      return Json.read(answer.body(), type);
    } catch (IllegalArgumentException e) {
      throw new Failure(
          Failure.Kind.FAILED,
          url + " answers, but not as a Larch node would: " + shortened(answer.body()),
          e);
    }
  }
}
