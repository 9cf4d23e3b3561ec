package io.larch.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.ConfigUtil;
import io.larch.observe.Json;
import io.larch.run.Failure;
import io.larch.transport.OwnProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A node of the cluster, in a process of its own that ends with this one. */
final class Member implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final Duration ORDER = Duration.ofSeconds(30);
  private static final long END_SECONDS = 30;
  private static final int ACCEPTED = 202;
  private static final int NOTHING_RUNS = 409;

  private final HttpClient http;
  private final Process process;
  private final String management;
  private final Optional<Folder> folder;
  private String address = "";
  private boolean asleep;

  private Member(HttpClient http, Process process, String management, Optional<Folder> folder) {
    this.http = http;
    this.process = process;
    this.management = management;
    this.folder = folder;
  }

  /**
   * Starts a node and waits until it answers.
   *
   * @param options settings, {@code key=value}
   * @param folder of its checkpoints, if it keeps any
   * @throws Failure if it ends instead
   */
  static Member start(HttpClient http, List<String> options, Optional<Folder> folder) {
    List<String> arguments = new ArrayList<>(List.of("node", "--json", "--end-with-input"));
    options.forEach(option -> arguments.addAll(List.of("-D", option)));
    folder.ifPresent(
        own ->
            arguments.addAll(
                List.of("-D", "out=" + ConfigUtil.quoteString(own.path().toString()))));
    Process process = null;
    try {
      process =
          new ProcessBuilder(OwnProgram.command(List.of(), arguments))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
      String management = Json.read(first(out), JsonNode.class).path("management").asText();
      Member member = new Member(http, process, management, folder);
      member.learnAddress();
      return member;
    } catch (IOException e) {
      if (process != null) {
        process.destroyForcibly();
      }
      throw failed(e.getMessage());
    }
  }

  private static String first(BufferedReader out) throws IOException {
    String line = out.readLine();
    if (line == null) {
      throw new IOException("ended before it was up; what it says stands above");
    }
    return line;
  }

  private static Failure failed(String why) {
    return new Failure(Failure.Kind.FAILED, "A node of the cluster " + why + ".", null);
  }

  /** Of its actors, as last learnt. */
  String address() {
    return address;
  }

  /** A node that joins again may have another. */
  void learnAddress() {
    membership().ifPresent(state -> address = state.path("selfNode").asText());
  }

  /** Where it keeps checkpoints. */
  Folder folder() {
    return folder.orElseThrow(() -> failed("keeps no checkpoints"));
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** Whether it is there and not stopped. */
  boolean isAwake() {
    return process.isAlive() && !asleep;
  }

  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /**
   * Asks it to leave; it ends when it has. Its input stays open, whose end would end it at once.
   */
  void leave() {
    signal("TERM");
  }

  void sleep() {
    asleep = true;
    signal("STOP");
  }

  void wake() {
    signal("CONT");
    asleep = false;
  }

  private void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid())).start();
      if (!kill.waitFor(END_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw failed("could not be sent SIG" + name);
      }
    } catch (IOException e) {
      throw failed("could not be sent SIG" + name + " (" + e.getMessage() + ")");
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** What it answers to a question, if it does. */
  Optional<String> ask(String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(management + path)).timeout(ANSWER).build();
    try {
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** The cluster as it sees it. */
  Optional<JsonNode> membership() {
    return ask("/cluster/members").map(text -> Json.read(text, JsonNode.class));
  }

  /** Submits a run. */
  void submit(String runFile) {
    post("/larch/run/submit", runFile, Set.of(ACCEPTED));
  }

  /** Gives an order to its run, which may have ended. */
  void order(String path) {
    post(path, "", Set.of(ACCEPTED, NOTHING_RUNS));
  }

  private void post(String path, String body, Set<Integer> right) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(management + path))
            .timeout(ORDER)
            .POST(BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      if (!right.contains(answer.statusCode())) {
        throw new Failure(Failure.Kind.FAILED, answer.body().strip(), null);
      }
    } catch (IOException e) {
      throw failed("does not take an order to " + path + " (" + e.getMessage() + ")");
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static Failure interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new Failure(Failure.Kind.FAILED, "Interrupted.", e);
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Ends it, awake or not. */
  @Override
  public void close() {
    if (asleep) {
      process.destroyForcibly();
    }
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroy();
    }
    awaitEnd();
  }
}
