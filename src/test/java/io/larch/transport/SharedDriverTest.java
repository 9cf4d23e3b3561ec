package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.driver.MediaDriver;
import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The host's media driver as a process, with nodes in this JVM and in others. */
@Timeout(120)
class SharedDriverTest {
  private static final Path MEMORY =
      Files.isDirectory(Path.of("/dev/shm"))
          ? Path.of("/dev/shm")
          : Path.of(System.getProperty("java.io.tmpdir"));

  private final String name = "larch-test-" + UUID.randomUUID();
  private final TransportSettings settings =
      Fixtures.settings(
          "mode=ipc",
          "ipc-ring=128k",
          "driver.ownership=shared",
          "driver.liveness=5s",
          "driver.linger=200ms",
          "driver.directory=" + MEMORY.resolve(name));
  private final List<Process> nodes = new ArrayList<>();

  @AfterEach
  void endEverything() throws IOException {
    nodes.forEach(Process::destroyForcibly);
    Fixtures.until(() -> "the driver's end", () -> drivers().isEmpty(), Thread::yield);
    try (Stream<Path> files = Files.list(MEMORY)) {
      List<Path> left = files.filter(file -> file.toString().contains(name)).toList();
      assertEquals(List.of(), left, "nothing is left in shared memory");
    }
  }

  @Test
  void shouldBeStartedOnceByRacingNodesAndOutliveBoth() throws Exception {
    Process one = start();
    Process other = start();
    String driver = driverOf(one);
    assertEquals(driver, driverOf(other));
    assertEquals(1, drivers().size());
    try (DataPlane witness = DataPlane.open(settings, 1)) {
      assertEquals(137, one.destroyForcibly().waitFor());
      assertEquals(137, other.destroyForcibly().waitFor());
      try (DataPlane plane = DataPlane.open(settings, 2)) {
        assertEquals(driver, plane.address().mediaDriver(), "killed nodes do not end it");
        assertEquals(driver, witness.address().mediaDriver());
      }
    }
  }

  @Test
  void shouldCarryChunksBetweenNodes() {
    try (DataPlane one = DataPlane.open(settings, 1);
        DataPlane other = DataPlane.open(settings, 2)) {
      Peer there = one.connect(other.address());
      Peer here = other.connect(one.address());
      Fixtures.until(
          () -> "connection",
          () -> one.isConnected(there) && other.isConnected(here),
          Thread::yield);
    }
  }

  @Test
  void shouldBeMissedWhenKilledAndReplaced() {
    DataPlane plane = DataPlane.open(settings, 1);
    String killed = plane.address().mediaDriver();
    assertFalse(plane.isLost());
    drivers().forEach(ProcessHandle::destroyForcibly);
    DriverLost lost =
        assertThrows(
            DriverLost.class,
            () -> Fixtures.until(() -> "", () -> plane.poll((s, c) -> true, 1) > 0, () -> {}));
    assertTrue(lost.getMessage().contains("lost to node 1"), lost.getMessage());
    assertThrows(DriverLost.class, () -> plane.connect(plane.address()));
    assertTrue(plane.isLost());
    try (DataPlane again = plane.anew()) {
      assertFalse(again.isLost());
      assertNotEquals(killed, again.address().mediaDriver());
      assertEquals(0, again.poll((stream, chunk) -> true, 1));
    }
  }

  @Test
  void shouldBeTheOnlyOneOfItsDirectory() {
    try (DataPlane plane = DataPlane.open(settings, 1)) {
      Exception error = assertThrows(Refusal.class, () -> DriverProcess.serve(settings));
      assertTrue(error.getMessage().contains("serves " + MEMORY.resolve(name) + " already"));
      assertEquals(0, plane.poll((stream, chunk) -> true, 1), "it serves on");
    }
  }

  @Test
  void shouldSayWhyItCannotStart() {
    MediaDriver.Context foreign = DriverSetup.context(settings, MEMORY.resolve(name).toString());
    try (MediaDriver driver = MediaDriver.launch(foreign)) {
      Exception error = assertThrows(Refusal.class, () -> DataPlane.open(settings, 1).close());
      assertTrue(error.getMessage().contains("with exit code 2: larch: "), error.getMessage());
      assertTrue(error.getMessage().contains("lives in " + driver.aeronDirectoryName()));
    }
  }

  @Test
  void shouldRefuseAPlaceWhereNoFilesCanBeMade() {
    TransportSettings nowhere =
        Fixtures.settings("driver.ownership=shared", "driver.directory=/proc/no/where");
    Exception error = assertThrows(Refusal.class, () -> DataPlane.open(nowhere, 1).close());
    assertTrue(error.getMessage().contains("/proc/no/where.door cannot be used"));
  }

  private Process start() throws IOException {
    Process node = NodeProcess.start(settings.options());
    nodes.add(node);
    return node;
  }

  private static String driverOf(Process node) throws IOException {
    return node.inputReader(StandardCharsets.UTF_8).readLine();
  }

  private List<ProcessHandle> drivers() {
    return ProcessHandle.allProcesses().filter(this::isDriver).toList();
  }

  /** The whole command line; a handle's own words end where the class path is long. */
  private boolean isDriver(ProcessHandle process) {
    try {
      String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
      return line.contains(name) && line.contains("\0driver\0") && !line.contains("setsid");
    } catch (IOException e) {
      return false;
    }
  }
}
