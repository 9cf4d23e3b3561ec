package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.OpenRun;
import io.larch.compute.Device;
import io.larch.compute.FloatBlock;
import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node keeps nothing of a run beyond its time. */
@Timeout(120)
class NodeProcessTest {
  private static final long LIMIT_NS = Duration.ofSeconds(60).toNanos();
  private static final String RUN =
      "larch { model = mlp, data { name = glyphs, train-samples = 64, test-samples = 16 }, epochs = 1, schedule.rate = 0.1 }";

  private final Set<Thread> before = Thread.getAllStackTraces().keySet();

  @TempDir Path folder;

  private NodeProcess started() {
    NodeSettings settings =
        NodeFile.load(
            Optional.empty(),
            List.of(
                "cluster.port=0",
                "http.port=0",
                "devices=1",
                "out=" + folder,
                "cluster.transport.driver.ownership=embedded"));
    return NodeProcess.start(settings, Optional.empty(), line -> {});
  }

  @Test
  void shouldFreeARunWhoseRecordIsRefused() throws IOException {
    try (NodeProcess node = started()) {
      free(node.open(RUN, false));
      node.begins("again");
      Path board = board();
      Files.move(board, board.resolveSibling("elsewhere"));
      Files.createFile(board);
      Refusal refusal = assertThrows(Refusal.class, () -> node.open(RUN, false));
      assertTrue(refusal.getMessage().contains("TensorBoard"), refusal.getMessage());
      assertEquals(0, FloatBlock.liveBytes());
      awaitEnd("device-.*");
    }
  }

  private Path board() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.endsWith("tensorboard")).findFirst().orElseThrow();
    }
  }

  @Test
  void shouldCloseTheRecordOfItsRunWithItself() {
    try (NodeProcess node = started()) {
      free(node.open(RUN, false));
      assertEquals(Set.of("larch-events", "larch-tensorboard"), begun("larch-(events|tensor).*"));
    }
    assertEquals(Set.of(), begun("larch-(events|tensor).*"));
  }

  private static void free(OpenRun run) {
    run.devices().forEach(Device::close);
    run.close(List.of());
  }

  /** Names of threads that live and did not when the test began. */
  private Set<String> begun(String pattern) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !before.contains(thread) && thread.getName().matches(pattern))
        .map(Thread::getName)
        .collect(Collectors.toSet());
  }

  private void awaitEnd(String pattern) {
    long deadline = System.nanoTime() + LIMIT_NS;
    while (!begun(pattern).isEmpty()) {
      assertTrue(System.nanoTime() < deadline, () -> "ended: " + begun(pattern));
    }
  }
}
