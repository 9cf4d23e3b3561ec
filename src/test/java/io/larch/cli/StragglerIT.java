package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.larch.cli.Programs.NodeProgram;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One of two nodes is held up half of the time. */
@Tag("gate")
@Timeout(900)
class StragglerIT {
  private static final String RUN =
      """
      larch {
        model = lenet
        data { name = glyphs, train-samples = 4000, test-samples = 70 }
        lanes = 8
        micro-batch = 128
        epochs = 100
        steps = 60
        schedule { policy = constant, rate = 2 }
        evaluate.every-epochs = 0
      }
      """;

  /** Stops and continues a process in turn. */
  private static final String HOLD_UP =
      "trap 'kill -CONT $0; exit' TERM;"
          + " while kill -STOP $0 && sleep 0.1 && kill -CONT $0 && sleep 0.1; do :; done";

  private final Programs programs = new Programs();

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  @Test
  void shouldHaveLanesMoveToTheFasterNodeAndGiveTheSameBits() throws Exception {
    List<NodeProgram> nodes =
        programs.cluster(
            Collections.nCopies(2, List.of("devices=1", "cluster.patience.acceptable-pause=60 s")));
    NodeProgram fast = nodes.get(0);
    NodeProgram slow = nodes.get(1);
    JsonNode undisturbed = programs.result(fast, programs.submit(fast, RUN));

    String run = programs.submit(fast, RUN);
    Process holdUp =
        new ProcessBuilder("bash", "-c", HOLD_UP, String.valueOf(slow.process().pid())).start();
    List<JsonNode> events;
    try {
      events = programs.events(fast, run);
    } finally {
      holdUp.destroy();
      holdUp.waitFor();
    }
    String name = programs.name(slow);
    String why =
        events.stream()
            .filter(event -> event.path("event").asText().equals("generation"))
            .map(event -> event.path("reason").asText())
            .filter(reason -> reason.contains("dealt by speed"))
            .findFirst()
            .orElse("");
    JsonNode status = programs.status(fast);
    System.out.println(
        why + "; lanes in the end: " + status.at("/nodes/0/lanes") + status.at("/nodes/1/lanes"));
    assertTrue(why.contains("device 0 of " + name + " takes"), why + events);
    assertTrue(why.endsWith("by computing"), why);
    assertTrue(status.get("warnings").toString().contains(name), "the status names it");
    assertTrue(lanesOf(status, name) < 4, status::toString);
    String digest = programs.result(fast, run).get("weights_sha256").asText();
    assertEquals(undisturbed.get("weights_sha256").asText(), digest);
  }

  private static int lanesOf(JsonNode status, String node) {
    for (JsonNode each : status.get("nodes")) {
      if (each.get("name").asText().equals(node)) {
        return each.get("lanes").size();
      }
    }
    throw new AssertionError(status.toString());
  }
}
