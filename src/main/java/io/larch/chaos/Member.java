package io.larch.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.larch.config.Refusal;
import io.larch.observe.Json;
import io.larch.run.Failure;
import io.larch.web.RunControl.Harm;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/** A node of the cluster, known by its management endpoint. */
final class Member {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final Duration ORDER = Duration.ofSeconds(30);
  private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(ANSWER).build();
  private static final int ACCEPTED = 202;
  private static final int REFUSED = 400;
  private static final int WRONG_TOKEN = 401;
  private static final int NOTHING_RUNS = 409;

  private final URI management;
  private final String token;
  private String address = "";
  private boolean there;

  /**
   * A node that has not been looked for yet.
   *
   * @param token that its orders need; empty for none
   */
  Member(URI management, String token) {
    this.management = management;
    this.token = token;
  }

  /** Where it answers. */
  URI management() {
    return management;
  }

  /** Of its actors, as last seen. */
  String address() {
    return address;
  }

  /** Whether it answered when it was looked for, and nothing has been done to it since. */
  boolean isThere() {
    return there;
  }

  /** It is known to have ended. */
  void gone() {
    there = false;
  }

  /** Looks whether it answers. A node that joins again may have another address. */
  boolean look() {
    Optional<String> self = membership().map(state -> state.path("selfNode").asText());
    there = self.isPresent();
    self.ifPresent(now -> address = now);
    return there;
  }

  /** The cluster as it sees it. */
  Optional<JsonNode> membership() {
    return ask("/cluster/members").map(text -> Json.read(text, JsonNode.class));
  }

  /** What it answers to a question, if it does. */
  Optional<String> ask(String path) {
    try {
      HttpResponse<String> answer = send(request(path).timeout(ANSWER));
      return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Submits a run. */
  void submit(String runFile) {
    if (!order("/larch/run/submit", runFile)) {
      throw new Failure(
          Failure.Kind.FAILED, "The cluster trains another run; wait for its end.", null);
    }
  }

  /** Gives an order to the run; there may be none any more. */
  void order(String path) {
    order(path, "");
  }

  /** Does something to it. One that is killed does not answer; none but a damaged one goes on. */
  void suffer(Harm harm) {
    String path = "/larch/node/" + harm.word();
    boolean done;
    try {
      done = post(path, "");
    } catch (IOException e) {
      if (harm != Harm.KILL) {
        throw deaf(path, e);
      }
      done = true;
    }
    there = !done || harm == Harm.FLIP_BIT;
  }

  private boolean order(String path, String body) {
    try {
      return post(path, body);
    } catch (IOException e) {
      throw deaf(path, e);
    }
  }

  private Failure deaf(String path, IOException e) {
    return new Failure(
        Failure.Kind.FAILED,
        "The node at %s does not take an order to %s (%s).".formatted(management, path, e),
        e);
  }

  /** Whether it took an order; otherwise nothing runs, or for a submission, something does. */
  private boolean post(String path, String body) throws IOException {
    HttpResponse<String> answer =
        send(request(path).timeout(ORDER).POST(BodyPublishers.ofString(body)));
    int status = answer.statusCode();
    String said = "The node at " + management + " says: " + answer.body().strip();
    if (status == REFUSED || status == WRONG_TOKEN) {
      throw new Refusal(said);
    } else if (status != ACCEPTED && status != NOTHING_RUNS) {
      throw new Failure(Failure.Kind.FAILED, said, null);
    }
    return status == ACCEPTED;
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(management.resolve(path));
    return token.isEmpty() ? request : request.setHeader("Authorization", "Bearer " + token);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return HTTP.send(request.build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw Patience.interrupted(e);
    }
  }
}
