package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.cli.Programs.NodeProgram;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Prometheus's own checker reads what two nodes tell in mid-run, and has nothing to say. */
@Tag("gate")
@Timeout(300)
class PromtoolIT {
  private static final String RUN =
      """
      larch {
        model = lenet, data { name = glyphs, train-samples = 400, test-samples = 70 }
        lanes = 8, micro-batch = 4, global-batch = 64, epochs = 100000
        slice-bytes = 256 KiB, optimizer.name = lars, schedule.rate = 0.01
      }
      """;

  /** Told by a node of several once steps are done and the test set has been evaluated. */
  private static final List<String> MID_RUN =
      List.of("larch_hidden_communication_ratio{", "larch_loss{set=\"test\"}", "larch_sent_bytes");

  private final Programs programs = new Programs();

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  private static Optional<Path> promtool() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, "promtool"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Test
  void shouldHaveNothingToSayAboutWhatNodesTell() throws Exception {
    assumeTrue(promtool().isPresent(), "no promtool on this machine");
    List<NodeProgram> nodes = programs.cluster(Collections.nCopies(2, List.of("devices=1")));
    programs.submit(nodes.get(0), RUN);
    for (NodeProgram node : nodes) {
      Programs.await(() -> MID_RUN.stream().allMatch(metrics(node)::contains), "it trains");
      assertEquals("exit code 0: ", checked(metrics(node)));
    }
  }

  private String metrics(NodeProgram node) {
    return programs.get(node.endpoint() + "/metrics");
  }

  /** The checker's exit code and complaints. */
  private static String checked(String text) throws IOException, InterruptedException {
    Process check =
        new ProcessBuilder(promtool().orElseThrow().toString(), "check", "metrics")
            .redirectErrorStream(true)
            .start();
    try (OutputStream in = check.getOutputStream()) {
      in.write(text.getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return "exit code " + check.waitFor() + ": " + said;
  }
}
