package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.run.Finding.Level;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every planted fault is found by name, with what to do about it, and nothing else is red. */
@Timeout(60)
class DoctorTest {
  private static final Surroundings SOUND =
      new Surroundings(17, true, true, "avx2, oneDNN 3.11", Set.of("/lib/gomp"), 4, 8L << 30, 2026);
  private static final List<String> FREE_PORTS = List.of("cluster.port=0", "http.port=0");

  @TempDir Path folder;

  private static List<Finding> look(Surroundings around, String... settings) {
    List<String> all = new ArrayList<>(FREE_PORTS);
    all.addAll(List.of(settings));
    return new Doctor(around).look(Optional.empty(), Optional.empty(), all);
  }

  private List<Finding> lookAtRun(Surroundings around, String run) throws IOException {
    Path file = Files.writeString(folder.resolve("run.conf"), run);
    return new Doctor(around).look(Optional.empty(), Optional.of(file), FREE_PORTS);
  }

  private static void assertFound(List<Finding> findings, Level level, String check, String cure) {
    List<Finding> bad = findings.stream().filter(f -> f.level() != Level.GREEN).toList();
    List<Finding> found =
        bad.stream().filter(f -> f.level() == level && f.check().equals(check)).toList();
    assertEquals(1, found.size(), () -> check + " in " + findings);
    assertTrue(found.get(0).text().contains(cure), found::toString);
    assertTrue(bad.stream().filter(Finding::isRed).allMatch(found::contains), bad::toString);
  }

  @Test
  void shouldFindNothingRedWhereAllIsWell() throws IOException {
    List<Finding> findings =
        lookAtRun(
            SOUND,
            "larch { model = lenet, data.name = glyphs, epochs = 1, optimizer.name = lars, schedule.rate = 1 }");
    assertTrue(findings.stream().noneMatch(Finding::isRed), findings::toString);
    assertTrue(findings.stream().anyMatch(f -> f.check().equals("memory")), findings::toString);
  }

  @Test
  void shouldTakeARunFileThatIncludesAnother() throws IOException {
    Files.writeString(
        folder.resolve("base.conf"),
        "larch { model = lenet, data.name = glyphs, epochs = 1, optimizer.name = lars, schedule.rate = 1 }");
    List<Finding> findings =
        lookAtRun(
            SOUND,
            """
            include "base.conf"
            # as many as ${larch.lanes} says, or += 1
            larch { lanes = 4, micro-batch = ${larch.lanes} }
            """);
    assertTrue(findings.stream().noneMatch(Finding::isRed), findings::toString);
  }

  @Test
  void shouldFindAnOldJava() {
    Surroundings old = new Surroundings(11, true, true, "avx2", Set.of(), 4, -1, 2026);
    assertFound(look(old), Level.RED, "java", "install a JDK of 17");
  }

  @Test
  void shouldFindAMissingFlag() {
    Surroundings closed = new Surroundings(17, false, true, "avx2", Set.of(), 4, -1, 2026);
    assertFound(look(closed), Level.RED, "flags", "java -jar larch.jar");
  }

  @Test
  void shouldFindLibrariesThatDoNotLoad() {
    Surroundings broken = new Surroundings(17, true, false, "no dnnl", Set.of(), 4, -1, 2026);
    assertFound(look(broken), Level.RED, "native libraries", "built for this platform");
  }

  @Test
  void shouldFindASlowInstructionSet() {
    Surroundings slow =
        new Surroundings(17, true, true, "dnnl_cpu_isa_sse41", Set.of(), 4, -1, 2026);
    assertFound(look(slow), Level.YELLOW, "native libraries", "ONEDNN_MAX_CPU_ISA");
  }

  @Test
  void shouldFindTwoOpenMpRunTimes() {
    Surroundings two =
        new Surroundings(17, true, true, "avx2", Set.of("/a/gomp", "/b/iomp5"), 4, -1, 2026);
    assertFound(look(two), Level.RED, "openmp", "LD_PRELOAD");
  }

  @Test
  void shouldFindAWrongClock() {
    Surroundings early = new Surroundings(17, true, true, "avx2", Set.of(), 4, -1, 1970);
    assertFound(look(early), Level.YELLOW, "clock", "time service");
  }

  @Test
  void shouldFindMoreDevicesThanCores() {
    assertFound(look(SOUND, "devices=9"), Level.YELLOW, "cores", "at most 4");
  }

  @Test
  void shouldFindAnUnknownSetting() {
    assertFound(look(SOUND, "devises=1"), Level.RED, "node file", "larch.devices");
  }

  @Test
  void shouldFindPortsThatAreTaken() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
        DatagramSocket udp = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
      String taken = String.valueOf(tcp.getLocalPort());
      assertFound(
          look(SOUND, "cluster.port=" + taken), Level.RED, "larch.cluster.port", "give others by");
      assertFound(
          look(SOUND, "http.port=" + taken), Level.RED, "larch.http.port", "0 for any free one");
      assertFound(
          look(SOUND, "cluster.lifeline-port=" + taken),
          Level.RED,
          "larch.cluster.lifeline-port",
          "give others by");
      assertFound(
          look(SOUND, "cluster.transport.port=" + udp.getLocalPort()),
          Level.RED,
          "tensor streams",
          "free it or set 0");
    }
  }

  @Test
  void shouldFindAnAddressThatIsNotThisHosts() {
    assertFound(
        look(SOUND, "cluster.transport.bind=192.0.2.1"),
        Level.RED,
        "tensor streams",
        "give one of an interface that is up");
  }

  @Test
  void shouldFindTooLittleSharedMemory() {
    String seeds = "cluster.seeds=[\"127.0.0.1:1\"" + ",\"127.0.0.1:2\"".repeat(200) + "]";
    List<Finding> findings = look(SOUND, seeds, "cluster.transport.ipc-ring=1GiB");
    assertTrue(
        findings.stream().anyMatch(f -> f.isRed() && f.text().contains("give more shared memory")),
        findings::toString);
  }

  @Test
  void shouldFindASeedThatDoesNotListen() {
    assertFound(
        look(SOUND, "cluster.seeds=[\"127.0.0.1:1\"]"),
        Level.RED,
        "seed 127.0.0.1:1",
        "start the first of larch.cluster.seeds first");
  }

  @Test
  void shouldBeContentWithOneSeedOfSeveral() throws IOException {
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String seeds = "cluster.seeds=[\"127.0.0.1:1\",\"127.0.0.1:" + one.getLocalPort() + "\"]";
      assertFound(look(SOUND, seeds), Level.YELLOW, "seed 127.0.0.1:1", "needs no more");
    }
  }

  @Test
  void shouldFindAnOutputFolderThatCannotBeWrittenTo() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertFound(
        look(SOUND, "out=" + file.resolve("out")), Level.RED, "output folder", "name another");
  }

  @Test
  void shouldFindMissingData() throws IOException {
    assertFound(
        lookAtRun(
            SOUND,
            "larch { model = lenet, data { name = idx, path = /nowhere }, epochs = 1, optimizer.name = lars, schedule.rate = 1 }"),
        Level.RED,
        "run file and data",
        "/nowhere");
  }

  @Test
  void shouldFindARunThatNeedsTooMuchMemory() throws IOException {
    Surroundings small = new Surroundings(17, true, true, "avx2", Set.of(), 4, 50 << 20, 2026);
    assertFound(
        lookAtRun(
            small,
            "larch { model = lenet, data.name = glyphs, epochs = 1, optimizer.name = lars, schedule.rate = 1 }"),
        Level.RED,
        "memory",
        "lower larch.micro-batch");
  }
}
