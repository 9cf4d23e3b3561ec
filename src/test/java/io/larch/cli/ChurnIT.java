package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes of a cluster of four are killed, stopped, damaged, join and leave in one run, and the
 * weights are those of one process left in peace.
 */
@Tag("gate")
@Timeout(1800)
class ChurnIT {
  private static final String FAULTS =
      "kill,kill-leader,kill-optimizers,kill-two,join,leave,stop,sleep,flip,disk";

  /** Soon enough for a test, and far longer than the nap of a fault. */
  private static final List<String> PATIENCE =
      List.of(
          "devices=1",
          "cluster.patience.acceptable-pause=12 s",
          "cluster.patience.stable-after=3 s",
          "cluster.transport.driver.liveness=10 minutes");

  private final Programs programs = new Programs();

  @TempDir Path folder;

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  @Test
  void shouldEndInTheSameBitsWhateverHappensToLenetsNodes() throws Exception {
    Programs.requireData();
    shouldSurvive(
        """
        model = lenet
        data { name = idx, path = "%s" }
        global-batch = 256
        steps = 800
        """
            .formatted(Programs.DATA.resolve("fashion-mnist")));
  }

  @Test
  void shouldEndInTheSameBitsWhateverHappensToResNetsNodes() throws Exception {
    Programs.requireData();
    shouldSurvive(
        """
        model = resnet20
        data { name = cifar-10, path = "%s", pad-crop = 4, flip = true }
        global-batch = 128
        steps = 800
        """
            .formatted(Programs.DATA.resolve("cifar-10")));
  }

  private void shouldSurvive(String run) throws IOException {
    List<JsonNode> told = chaos(run);
    JsonNode result = told.remove(told.size() - 1);
    assertEquals("result", result.path("event").asText(), told.toString());
    assertEquals(
        FAULTS, told.stream().map(t -> t.path("fault").asText()).collect(Collectors.joining(",")));
    for (JsonNode fault : told) {
      assertEquals(0, fault.path("repeated_steps").asInt(), "committed ones: " + fault);
      boolean harmless = Set.of("stop", "disk").contains(fault.path("fault").asText());
      assertTrue(harmless == (fault.path("generations").asInt() == 0), fault.toString());
    }
    assertNotEquals("", result.path("weights").asText());
  }

  /** The exit code says whether the weights were the same. */
  private List<JsonNode> chaos(String run) throws IOException {
    String all =
        """
        %slanes = 8
        micro-batch = 16
        epochs = 100
        schedule.rate = 2
        slice-bytes = 256 KiB
        evaluate { every-epochs = 0, at-end = false }
        """
            .formatted(run);
    Path file = Files.writeString(folder.resolve("run.conf"), "larch {\n" + all + "}\n");
    List<String> arguments =
        new ArrayList<>(List.of("chaos", file.toString(), "--json", "--faults", FAULTS));
    PATIENCE.forEach(setting -> arguments.addAll(List.of("--node", setting)));
    return programs.told(arguments, line -> {});
  }
}
