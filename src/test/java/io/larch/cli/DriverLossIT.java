package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.larch.cli.Programs.NodeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that have lost their media driver open another, and the run comes to the same bits. */
@Tag("gate")
@Timeout(600)
class DriverLossIT {
  private static final int LIVENESS_SECONDS = 2;
  private static final String RUN =
      """
      larch {
        model = lenet, data { name = glyphs, train-samples = 400, test-samples = 70 }
        lanes = 8, micro-batch = 4, global-batch = 64, epochs = 100000, steps = 300
        slice-bytes = 256 KiB, optimizer.name = lars, schedule.rate = 0.01
      }
      """;

  private final Programs programs = new Programs();
  private final String directory = "/dev/shm/aeron-driver-loss-" + ProcessHandle.current().pid();
  private String undisturbed;

  @TempDir Path folder;

  @BeforeEach
  void train() throws IOException {
    Path file = Files.writeString(folder.resolve("run.conf"), RUN);
    undisturbed =
        programs
            .lastLine(programs.larch(List.of("train", file.toString(), "--json")))
            .path("weights_sha256")
            .asText();
    assertEquals(64, undisturbed.length());
  }

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
    driver().forEach(ProcessHandle::destroy);
    Programs.await(() -> driver().isEmpty(), "the media driver has ended");
  }

  private List<NodeProgram> cluster() throws IOException {
    List<NodeProgram> nodes =
        programs.cluster(
            Collections.nCopies(
                3,
                List.of(
                    "devices=1",
                    "cluster.patience.acceptable-pause=1 hour",
                    "cluster.transport.driver.directory=" + directory,
                    "cluster.transport.driver.linger=1 s",
                    "cluster.transport.driver.liveness=" + LIVENESS_SECONDS + " s")));
    assertEquals(1, driver().size());
    return nodes;
  }

  /** Processes that serve as driver in this directory. */
  private List<ProcessHandle> driver() {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(directory))
        .filter(process -> process.info().commandLine().orElse("").contains(" driver "))
        .toList();
  }

  private String submitted(NodeProgram to) throws IOException {
    String run = programs.submit(to, RUN);
    Programs.await(() -> programs.status(to).path("step").asLong() > 20, "twenty steps are done");
    return run;
  }

  private void assertSameBits(NodeProgram asked, String run) throws IOException {
    JsonNode result = programs.result(asked, run);
    assertEquals(300, result.path("step").asLong());
    assertEquals(undisturbed, result.path("weights_sha256").asText());
  }

  @Test
  void shouldTrainOnWhenTheDriverOfTheHostIsKilled() throws Exception {
    List<NodeProgram> nodes = cluster();
    String run = submitted(nodes.get(0));
    assertTrue(driver().get(0).destroyForcibly());
    assertSameBits(nodes.get(1), run);
  }

  @Test
  void shouldTrainOnWithANodeThatSleptForSoLongThatItsDriverHeldItForGone() throws Exception {
    List<NodeProgram> nodes = cluster();
    String run = submitted(nodes.get(0));
    nodes.get(2).signal("STOP");
    Programs.await(
        () -> missingSeconds(nodes.get(0)) > 2 * LIVENESS_SECONDS, "it is missing for long");
    nodes.get(2).signal("CONT");
    assertSameBits(nodes.get(1), run);
  }

  private double missingSeconds(NodeProgram asked) {
    JsonNode first = programs.status(asked).path("missing").path(0);
    return first.isMissingNode()
        ? 0
        : (System.currentTimeMillis() - first.path("since_millis").asLong()) / 1e3;
  }
}
