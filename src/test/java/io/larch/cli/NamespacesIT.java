package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes that see each other only over a link of 1 Gbit/s. */
@Tag("gate")
@Timeout(400)
class NamespacesIT {
  private static final int STEPS = 12;
  private static final String RUN =
      """
      larch {
        model = lenet
        data { name = glyphs, train-samples = 800, test-samples = 70 }
        lanes = 8
        micro-batch = 8
        global-batch = 64
        epochs = 1
        steps = %d
        optimizer.name = lars
        schedule.rate = 15
        slice-bytes = 256KiB
      }
      """
          .formatted(STEPS);

  private final Programs programs = new Programs();

  @TempDir Path folder;

  @AfterEach
  void end() throws Exception {
    programs.end();
  }

  @Test
  void shouldGiveTheSameBitsOverALinkOfLimitedRate() throws Exception {
    assumeTrue(Namespaces.arePossible(), "needs root, ip and tc to make network namespaces");
    String file = Files.writeString(folder.resolve("run.conf"), RUN).toString();
    JsonNode alone = programs.lastLine(programs.larch(List.of("train", file, "--json")));
    try (Namespaces two = Namespaces.withNodes(2)) {
      two.larch("submit", file, "--json");
      List<JsonNode> told = two.larch("watch", "--json");
      JsonNode result = told.get(told.size() - 1);
      assertEquals(alone.get("weights_sha256"), result.get("weights_sha256"));
      JsonNode status = new ObjectMapper().readTree(two.get("/larch/run/status"));
      assertTellsWhatWasHidden(status.get("nodes"));
      assertTrue(two.bytesSent() > STEPS * gradientBytes(), "tensors went another way");
    }
  }

  private static void assertTellsWhatWasHidden(JsonNode nodes) {
    assertEquals(2, nodes.size());
    for (JsonNode node : nodes) {
      JsonNode step = node.get("last_step");
      double hidden = step.get("hidden").asDouble(-1);
      assertTrue(step.get("communication").asDouble() > 0, step::toString);
      assertTrue(hidden >= 0 && hidden <= 1, step::toString);
    }
  }

  /** What each of two nodes sends of a gradient: half of its own part, half of the sum. */
  private long gradientBytes() throws Exception {
    Process described = programs.larch(List.of("describe", "lenet", "--json"));
    return 4 * programs.lastLine(described).get("parameters").asLong();
  }
}
