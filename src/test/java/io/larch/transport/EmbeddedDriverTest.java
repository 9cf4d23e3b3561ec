package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.TransportSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Media drivers inside this JVM and inside others, of one user. */
@Timeout(120)
class EmbeddedDriverTest {
  private final List<Process> nodes = new ArrayList<>();
  @TempDir private Path folder;
  private TransportSettings settings;

  @BeforeEach
  void chooseAFolder() {
    settings = Fixtures.settings("mode=ipc", "driver.directory=" + folder.resolve("driver"));
  }

  @AfterEach
  void endEverything() {
    nodes.forEach(Process::destroyForcibly);
  }

  @Test
  void shouldRemoveWhatAKilledProcessHasLeftAndNothingOfThoseThatLive() throws Exception {
    try (EmbeddedDriver one = EmbeddedDriver.start(settings);
        EmbeddedDriver other = EmbeddedDriver.start(settings)) {
      Path killed = killedNode();
      assertTrue(Files.exists(killed), "nobody was there to remove it");
      Process node = start();
      Path living = driverOf(node);
      assertFalse(Files.exists(killed));
      EmbeddedDriver.start(settings).close();
      for (Path there : List.of(Path.of(one.directory()), Path.of(other.directory()), living)) {
        assertTrue(Files.exists(there), there + " is of a process that lives");
      }
      node.getOutputStream().close();
      assertEquals(0, node.waitFor());
    }
    assertEquals(List.of(), left());
  }

  /** The driver's directory of a node that was killed. */
  private Path killedNode() throws IOException, InterruptedException {
    Process node = start();
    Path directory = driverOf(node);
    assertEquals(137, node.destroyForcibly().waitFor());
    return directory;
  }

  private Process start() throws IOException {
    Process node = NodeProcess.start(settings.options());
    nodes.add(node);
    return node;
  }

  private static Path driverOf(Process node) throws IOException {
    return Path.of(node.inputReader(StandardCharsets.UTF_8).readLine().split(" ")[1]);
  }

  private List<String> left() {
    return List.of(EmbeddedPlace.folder(settings).toFile().list());
  }

  @Test
  void shouldLeaveNothingWhereItCannotStart() {
    assertThrows(
        IllegalStateException.class,
        () -> EmbeddedDriver.start(settings, context -> context.ipcTermBufferLength(1)).close());
    assertEquals(List.of(), left());
  }
}
