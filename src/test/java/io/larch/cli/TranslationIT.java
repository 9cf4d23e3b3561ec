package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.larch.cli.Programs.NodeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that learn to translate, dropout on, end in the bits of one that does it alone. */
@Tag("gate")
@Timeout(300)
class TranslationIT {
  private static final int STEPS = 80;
  private static final List<String> NODE =
      List.of(
          "devices=1", "cluster.patience.acceptable-pause=8s", "cluster.patience.stable-after=4s");

  private final Programs programs = new Programs();
  private String run;

  @TempDir Path folder;

  @BeforeEach
  void writeRun() throws IOException {
    List<String> sources = new ArrayList<>();
    List<String> targets = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      sources.add("one ".repeat(i % 8) + "man sees " + i);
      targets.add("ein ".repeat(i % 8) + "Mann sieht " + i);
    }
    Files.write(folder.resolve("a.en"), sources);
    Files.write(folder.resolve("a.de"), targets);
    run =
        """
        larch {
          model { name = gnmt, layers = 2, units = 32, dropout = 0.2, label-smoothing = 0.1 }
          data { name = text, path = "%s" }
          data.text { train = [a.en, a.de], test = [a.en, a.de], merges = 30, buckets = 3 }
          lanes = 4, micro-batch = 4, global-batch = 32, epochs = 40, steps = %d, precision = bf16
          optimizer { name = adam, weight-decay = 0, clip-norm = 5.0 }
          schedule { policy = constant, rate = 0.003 }
          evaluate.every-epochs = 0
        }
        """
            .formatted(folder, STEPS);
    Files.writeString(folder.resolve("run.conf"), run);
  }

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  @Test
  void shouldGiveTheSameBitsInOneProcessAndInTwo() throws Exception {
    JsonNode one = train(1);
    JsonNode two = train(2);
    assertEquals(one.get("weights_sha256"), two.get("weights_sha256"));
    assertEquals(one.get("train_loss"), two.get("train_loss"));
    assertEquals(one.get("test_bleu"), two.get("test_bleu"));
  }

  @Test
  void shouldGiveTheSameBitsAlsoWhereOneOfThreeIsKilledInMidRun() throws Exception {
    JsonNode undisturbed = train(1);
    List<NodeProgram> nodes = programs.cluster(Collections.nCopies(3, NODE));
    String name = programs.submit(nodes.get(0), run);
    Programs.await(() -> programs.status(nodes.get(0)).path("step").asInt() >= 5, "step 5");
    nodes.get(2).signal("KILL");
    JsonNode result = programs.result(nodes.get(0), name);
    assertTrue(programs.members(nodes.get(0)) < 3, "the killed one is out");
    assertEquals(undisturbed.get("weights_sha256"), result.get("weights_sha256"));
    assertEquals(undisturbed.get("test_bleu"), result.get("test_bleu"));
  }

  private JsonNode train(int nodes) throws Exception {
    String file = folder.resolve("run.conf").toString();
    Process process =
        programs.larch(List.of("train", file, "--json", "--nodes", "" + nodes, "-D", "devices=1"));
    JsonNode last = programs.lastLine(process);
    assertEquals(0, process.waitFor());
    return last;
  }
}
