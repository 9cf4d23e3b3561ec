package io.larch.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.larch.observe.Json;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A node in a process of its own that was started with {@code --json}. */
public final class StartedNode {
  private StartedNode() {}

  /**
   * Waits until it is up; one that is not within the limit is ended.
   *
   * @param warnings takes what it says before that, a paragraph each
   * @return where its management endpoint answers
   * @throws Failure if it is not up
   */
  public static URI management(Process node, Duration limit, Consumer<String> warnings) {
    boolean up = false;
    try {
      URI management = awaitUp(node, limit, warnings);
      up = true;
      return management;
    } catch (TimeoutException e) {
      throw failure(
          "A node was not up within %d s, and was ended.".formatted(limit.toSeconds()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("Interrupted.", e);
    } finally {
      if (!up) {
        node.destroyForcibly();
      }
    }
  }

  private static URI awaitUp(Process node, Duration limit, Consumer<String> warnings)
      throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + limit.toNanos();
    JsonNode said = next(node, deadline);
    while (!said.path("event").asText().equals("node")) {
      warnings.accept(said.path("text").asText());
      said = next(node, deadline);
    }
    return URI.create(said.path("management").asText());
  }

  private static JsonNode next(Process node, long deadline)
      throws InterruptedException, TimeoutException {
    Optional<String> line = ChildOutput.line(node, Duration.ofNanos(deadline - System.nanoTime()));
    return line.map(text -> Json.read(text, JsonNode.class))
        .orElseThrow(
            () -> failure("A node ended before it was up; why, it says above.", /* cause= */ null));
  }

  private static Failure failure(String paragraph, Exception cause) {
    return new Failure(Failure.Kind.FAILED, paragraph, cause);
  }
}
