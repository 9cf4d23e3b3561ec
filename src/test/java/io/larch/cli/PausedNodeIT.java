package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.cli.Programs.NodeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node that is paused in mid-run is named, in the same words wherever one looks. */
@Tag("gate")
@Timeout(300)
class PausedNodeIT {
  private static final long PROMISE_NS = Duration.ofSeconds(5).toNanos();

  private static final String RUN =
      """
      larch {
        model = lenet, data { name = glyphs, train-samples = 400, test-samples = 70 }
        lanes = 8, micro-batch = 4, global-batch = 64, epochs = 100000
        slice-bytes = 256 KiB, optimizer.name = lars, schedule.rate = 0.01
      }
      """;

  private final Programs programs = new Programs();
  private final ObjectMapper json = new ObjectMapper();

  @TempDir Path folder;

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  /** Row: the node that is paused, and the one that is asked; the first node leads the run. */
  @ParameterizedTest
  @CsvSource({"2, 0", "0, 2"})
  void shouldBeNamedWithinFiveSeconds(int paused, int asked) throws Exception {
    Path out = folder.resolve("out");
    List<NodeProgram> nodes =
        programs.cluster(
            Collections.nCopies(
                3, List.of("devices=1", "out=" + out, "cluster.patience.acceptable-pause=1 hour")));
    NodeProgram observer = nodes.get(asked);
    Path run = Files.writeString(folder.resolve("run.conf"), RUN);
    assertEquals(
        0,
        programs.larch(List.of("submit", run.toString(), "--to", observer.endpoint())).waitFor());
    Programs.await(() -> status(observer).path("step").asLong() > 20, "twenty steps are done");

    String name = nameOf(nodes.get(paused));
    nodes.get(paused).signal("STOP");
    long began = System.nanoTime();
    Programs.await(() -> metrics(observer).contains("larch_missing_seconds{"), "one is missing");
    long took = System.nanoTime() - began;

    JsonNode missing = status(observer).path("missing");
    assertEquals(1, missing.size(), missing::toString);
    assertEquals(name, missing.get(0).path("node").asText());
    assertEquals("reduction", missing.get(0).path("phase").asText());
    assertFalse(missing.get(0).path("layer").asText().isEmpty());
    assertTrue(took < PROMISE_NS, "named after " + took / 1e9 + " s");
    String text = missing.get(0).path("text").asText();
    assertTrue(metrics(observer).contains("node=\"" + name + "\""));
    Programs.await(() -> recorded(out, text), "the events say the same");

    nodes.get(paused).signal("CONT");
    Programs.await(() -> status(observer).path("missing").isEmpty(), "nobody is missing");
    long step = status(observer).path("step").asLong();
    Programs.await(() -> status(observer).path("step").asLong() > step, "the run gets on");
  }

  private String nameOf(NodeProgram node) throws IOException {
    return json.readTree(programs.get(node.endpoint() + "/cluster/members"))
        .get("selfNode")
        .asText();
  }

  private JsonNode status(NodeProgram node) {
    try {
      return json.readTree(programs.get(node.endpoint() + "/larch/run/status"));
    } catch (IOException e) {
      return json.createObjectNode();
    }
  }

  private String metrics(NodeProgram node) {
    return programs.get(node.endpoint() + "/metrics");
  }

  private static boolean recorded(Path out, String text) {
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).toList()) {
        if (Files.readString(file).contains(text)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }
}
