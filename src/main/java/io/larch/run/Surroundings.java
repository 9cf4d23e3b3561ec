package io.larch.run;

import io.larch.compute.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What there is around a node.
 *
 * @param java feature version of the running JDK
 * @param opened whether the JDK's internals that Aeron needs are open to it
 * @param libraries what computes here, in words; why nothing does if it cannot be loaded
 * @param computes whether the native libraries could be loaded
 * @param openMp files of the OpenMP run-times in this process
 * @param cores that this process may use
 * @param freeBytes memory that is not in use; negative if it is not known
 * @param year of the clock
 */
record Surroundings(
    int java,
    boolean opened,
    boolean computes,
    String libraries,
    Set<String> openMp,
    int cores,
    long freeBytes,
    int year) {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path MAPS = Path.of("/proc/self/maps");

  /** Looks at this process and its machine. */
  static Surroundings measure() {
    String libraries;
    boolean computes = true;
    try {
      libraries = Devices.machine();
    } catch (LinkageError e) {
      libraries = String.valueOf(e.getMessage());
      computes = false;
    }
    return new Surroundings(
        Runtime.version().feature(),
        Object.class.getModule().isOpen("jdk.internal.misc", Surroundings.class.getModule()),
        computes,
        libraries,
        openMpRunTimes(),
        Runtime.getRuntime().availableProcessors(),
        freeMemory(),
        Year.now(ZoneOffset.UTC).getValue());
  }

  private static Set<String> openMpRunTimes() {
    Set<String> files = new TreeSet<>();
    try (Stream<String> maps = Files.lines(MAPS)) {
      maps.filter(line -> line.matches(".*/lib(gomp|omp|iomp5)[^/]*\\.so[^/]*"))
          .forEach(line -> files.add(line.substring(line.indexOf('/'))));
    } catch (IOException e) {
      // Not on Linux: nothing is known of them.
    }
    return files;
  }

  private static long freeMemory() {
    try (Stream<String> lines = Files.lines(MEMORY)) {
      return lines
          .filter(line -> line.startsWith("MemAvailable:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(-1);
    } catch (IOException e) {
      return -1;
    }
  }
}
