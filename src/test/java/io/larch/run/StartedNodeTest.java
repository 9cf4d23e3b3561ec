package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that print what nodes do. */
@Timeout(60)
class StartedNodeTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String WARNING = "{\"event\":\"warning\",\"text\":\"small buffers\"}";
  private static final String UP = "{\"event\":\"node\",\"management\":\"http://127.0.0.1:7626\"}";

  private final List<String> warnings = new ArrayList<>();
  private Process node;

  @AfterEach
  void end() {
    node.destroyForcibly();
  }

  private Process thatRuns(String script) throws IOException {
    node = new ProcessBuilder("sh", "-c", script).start();
    return node;
  }

  private static String printing(String... lines) {
    return "printf '%s\\n' '" + String.join("' '", lines) + "'";
  }

  @Test
  void shouldPassOnWhatANodeWarnsOfBeforeItIsUp() throws IOException {
    Process warning = thatRuns(printing(WARNING, WARNING, UP) + "; exec sleep 1000");
    assertEquals(
        URI.create("http://127.0.0.1:7626"), StartedNode.management(warning, LIMIT, warnings::add));
    assertEquals(List.of("small buffers", "small buffers"), warnings);
    assertTrue(warning.isAlive());
  }

  @Test
  void shouldSayThatANodeEndsBeforeItIsUp() throws IOException {
    Process ended = thatRuns(printing(WARNING));
    Failure error =
        assertThrows(Failure.class, () -> StartedNode.management(ended, LIMIT, warnings::add));
    assertTrue(error.getMessage().contains("ended before it was up"), error.getMessage());
  }

  @Test
  void shouldEndANodeThatIsNotUpInTime() throws Exception {
    Process silent = thatRuns(printing(WARNING) + "; exec sleep 1000");
    Failure error =
        assertThrows(
            Failure.class,
            () -> StartedNode.management(silent, Duration.ofSeconds(1), warnings::add));
    assertTrue(error.getMessage().contains("not up within 1 s"), error.getMessage());
    assertTrue(silent.waitFor(30, TimeUnit.SECONDS));
    assertFalse(silent.isAlive());
  }
}
