package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * For two hours a node is killed, leaves or is damaged every half minute and another joins: what
 * the nodes hold stays the same, and the weights are those of one process left in peace. {@code
 * -Dlarch.soak=PT10M} makes it shorter.
 *
 * <p>The two oldest nodes live all the time, so what would leak in them adds up.
 */
@Tag("soak")
class SoakIT {
  private static final Duration LENGTH = Duration.parse(System.getProperty("larch.soak", "PT2H"));
  private static final String FAULTS = "kill,leave,kill-two,flip";

  /** What grows without end grows by more between two quarters of the time. */
  private static final double FLAT = 1.1;

  private static final List<String> HELD =
      List.of("resident", "threads", "handles", "shared_memory");

  private final Programs programs = new Programs();

  @TempDir Path folder;

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  @Test
  void shouldHoldNoMoreAfterTwoHoursAndEndInTheSameBits() throws Exception {
    Programs.requireData();
    List<JsonNode> told = chaos();
    JsonNode result = told.remove(told.size() - 1);
    assertEquals("result", result.path("event").asText(), told.toString());
    for (JsonNode fault : told) {
      assertEquals(0, fault.path("repeated_steps").asInt(), "committed ones: " + fault);
    }
    int quarter = told.size() / 4;
    for (String held : HELD) {
      double second = median(told.subList(quarter, 2 * quarter), held);
      double last = median(told.subList(told.size() - quarter, told.size()), held);
      assertTrue(last <= FLAT * second, "%s: %.0f, then %.0f".formatted(held, second, last));
    }
  }

  private static double median(List<JsonNode> told, String held) {
    return told.stream()
        .mapToDouble(fault -> fault.path("held").path(held).asDouble())
        .sorted()
        .skip(told.size() / 2)
        .findFirst()
        .orElseThrow();
  }

  /** The exit code says whether the weights were the same. */
  private List<JsonNode> chaos() throws IOException {
    String run =
        """
        larch {
          model { name = mlp, hidden = 256 }
          data { name = idx, path = "%s" }
          global-batch = 128
          lanes = 8
          micro-batch = 16
          epochs = 10000
          schedule.rate = 2
          slice-bytes = 64 KiB
          evaluate { every-epochs = 0, at-end = false }
        }
        """
            .formatted(Programs.DATA.resolve("fashion-mnist"));
    Path file = Files.writeString(folder.resolve("run.conf"), run);
    List<String> arguments =
        List.of(
            "chaos",
            file.toString(),
            "--json",
            "--faults",
            FAULTS,
            "--for",
            LENGTH.toString(),
            "--every",
            "PT30S");
    return programs.told(arguments, System.out::println);
  }
}
