package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightTest {
  private static final long MIB = 1 << 20;

  /** With the page in which its counts lie. */
  private static final long RING = 16 * MIB + 4096;

  @Test
  void shouldCountTheLogsOfEveryStream() {
    TransportSettings auto = shared("ipc-ring=16m", "udp-term=8m");
    assertEquals(0, Preflight.streamBytes(auto, 1, 0));
    assertEquals(4 * RING, Preflight.streamBytes(auto, 2, 0), "two streams each way");
    assertEquals(3 * 2 * 2 * RING + 3 * 5 * 4 * 3 * 8 * MIB, Preflight.streamBytes(auto, 3, 5));
    assertEquals(8 * 3 * 8 * MIB, Preflight.streamBytes(shared("mode=udp", "udp-term=8m"), 2, 0));
    assertEquals(
        8 * 3 * 8 * MIB,
        Preflight.streamBytes(Fixtures.settings("udp-term=8m"), 2, 0),
        "drivers of their own");
  }

  @Test
  void shouldTakeByDefaultWhatTheDocsSay() throws IOException {
    TransportSettings udp = Fixtures.settings("mode=udp");
    String term = "over udp 3 × " + udp.udpTermBytes() / MIB + " MiB a stream at each end";
    assertTrue(Files.readString(Path.of("docs", "operations.md")).contains(term), term);
    String logs = "terms of 2 MiB each, are " + Preflight.streamBytes(udp, 1, 2) / MIB + " MiB";
    Path set = Path.of("cluster-configs", "kubernetes", "stateful-set.yaml");
    assertTrue(Files.readString(set).contains(logs), logs);
  }

  private static TransportSettings shared(String... options) {
    return Fixtures.settings(
        Stream.concat(Stream.of("driver.ownership=shared"), Stream.of(options))
            .toArray(String[]::new));
  }

  @Test
  void shouldTellOfTooLittleSharedMemoryWithBothNumbers() {
    TransportSettings settings = shared("driver.directory=/dev/shm/some");
    assertEquals(Optional.empty(), Preflight.lackOfSpace(settings, 2, 0, 240 * MIB, 240 * MIB));
    String lack = Preflight.lackOfSpace(settings, 2, 0, 240 * MIB, 240 * MIB - 1).orElseThrow();
    assertTrue(
        lack.contains("(nodes on this host: 2, elsewhere: 0) need 240 MiB beside /dev/shm/some"),
        lack);
    assertTrue(lack.contains("where 239 MiB are free"), lack);
  }

  @Test
  void shouldCountWhatTheDriverTakesAndWhatPeersThatGoGiveBack(@TempDir Path folder)
      throws Exception {
    TransportSettings most = shared("ipc-ring=1g", "driver.directory=" + folder.resolve("driver"));
    int nodes = 1000;
    String lack = onlyProblem(Preflight.of(most, nodes, 0));
    long bytes = Preflight.streamBytes(most, nodes, 0) + Preflight.DRIVER_BYTES;
    assertTrue(lack.contains(" " + mib(bytes) + " MiB beside "), lack);
    Files.createDirectories(folder.resolve("driver").resolve("publications"));
    String there = onlyProblem(Preflight.of(most, nodes, 0));
    assertTrue(
        there.contains(" " + mib(Preflight.streamBytes(most, nodes, 0)) + " MiB beside "), there);
    Preflight.requireSpace(shared(), folder.resolve("driver").toString(), 0, 1, 0);
    assertThrows(
        Refusal.class,
        () -> Preflight.requireSpace(most, folder.resolve("driver").toString(), 0, nodes, 0));
    Preflight.requireSpace(most, folder.resolve("driver").toString(), nodes - 1, nodes, 0);
  }

  @Test
  void shouldRemoveWhatKilledDriversHaveLeftBeforeItMeasures(@TempDir Path folder)
      throws Exception {
    TransportSettings settings =
        Fixtures.settings("mode=ipc", "driver.directory=" + folder.resolve("driver"));
    Path left = driver(EmbeddedPlace.folder(settings), "1-left");
    Path held = driver(EmbeddedPlace.folder(settings), "1-held");
    try (LockFile life = LockFile.tryLock(new DriverFiles(held).life()).orElseThrow()) {
      assertTrue(life.leftBehind());
      assertEquals(List.of(), Preflight.of(settings, 1, 0).problems());
      assertFalse(Files.exists(left));
      assertFalse(Files.exists(new DriverFiles(left).life()));
      assertTrue(Files.exists(held.resolve("cnc.dat")));
    }
  }

  /** Its files, and a lock that nobody holds. */
  private static Path driver(Path folder, String name) throws IOException {
    Path directory = Files.createDirectories(folder.resolve(name));
    Files.write(directory.resolve("cnc.dat"), new byte[1]);
    Files.write(new DriverFiles(directory).life(), new byte[1]);
    return directory;
  }

  private static long mib(long bytes) {
    return (bytes + MIB - 1) / MIB;
  }

  private static String onlyProblem(Preflight found) {
    assertEquals(1, found.problems().size(), found.problems().toString());
    return found.problems().get(0);
  }

  @Test
  void shouldTellOfAPortInUse() throws Exception {
    try (DatagramChannel taken = DatagramChannel.open()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) taken.getLocalAddress()).getPort();
      String problem = onlyProblem(Preflight.of(Fixtures.settings("port=" + port), 1, 0));
      assertTrue(problem.contains("port = " + port), problem);
      assertEquals(
          List.of(),
          Preflight.of(Fixtures.settings("mode=ipc", "port=" + port), 1, 0).problems(),
          "shared memory alone needs no port");
    }
  }

  @Test
  void shouldTellOfAnAddressOfAnotherHost() {
    String problem = onlyProblem(Preflight.of(Fixtures.settings("bind=192.0.2.1"), 1, 0));
    assertTrue(problem.contains("bind = 192.0.2.1 is no address of this host"), problem);
  }

  @Test
  void shouldWarnOfBuffersThatAreNotGranted() {
    TransportSettings settings = Fixtures.settings("socket-buffer=1g");
    Sockets granted = new Sockets(settings, 1500, 200_000, 300_000);
    assertTrue(granted.warnings().get(0).contains("grants 200000 to receive and 300000 to send"));
  }

  @Test
  void shouldFitDatagramsToTheInterface() {
    TransportSettings auto = Fixtures.settings("socket-buffer=2m");
    assertEquals(65504, new Sockets(auto, 65508, 2 << 20, 2 << 20).channels().udpMtu());
    assertEquals(8960, new Sockets(auto, 8972, 2 << 20, 2 << 20).channels().udpMtu());
    assertEquals(1472, new Sockets(auto, 1472, 2 << 20, 2 << 20).channels().udpMtu());
  }

  @Test
  void shouldTellOfDatagramsThatTheInterfaceMustCut() {
    TransportSettings large = Fixtures.settings("udp-mtu=8960");
    String problem = new Sockets(large, 1472, 2 << 20, 2 << 20).tooLarge().orElseThrow();
    assertTrue(problem.contains("udp-mtu = 8960"), problem);
    assertTrue(problem.contains("at most 1472"), problem);
    assertEquals(Optional.empty(), new Sockets(large, 8972, 2 << 20, 2 << 20).tooLarge());
  }
}
