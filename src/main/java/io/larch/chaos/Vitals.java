package io.larch.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What processes hold, the most of each among them, as Linux counts it (proc(5)).
 *
 * @param resident bytes in RAM
 * @param handles open files and sockets
 * @param sharedMemory bytes of all files in {@code /dev/shm}, whoever's they are
 */
public record Vitals(long resident, long threads, long handles, long sharedMemory) {
  private static final int KILO = 1024;
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  static Vitals of(List<Long> processes) throws IOException {
    long resident = 0;
    long threads = 0;
    long handles = 0;
    for (long process : processes) {
      Path folder = Path.of("/proc", String.valueOf(process));
      String status = Files.readString(folder.resolve("status"));
      resident = Math.max(resident, figure(status, "VmRSS") * KILO);
      threads = Math.max(threads, figure(status, "Threads"));
      handles = Math.max(handles, count(folder.resolve("fd")));
    }
    return new Vitals(resident, threads, handles, bytesIn(SHARED_MEMORY));
  }

  private static long figure(String status, String key) {
    Matcher line = Pattern.compile("(?m)^" + key + ":\\s*(\\d+)").matcher(status);
    return line.find() ? Long.parseLong(line.group(1)) : 0;
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.count();
    }
  }

  /** Files may go while they are counted. */
  private static long bytesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(file -> file.toFile().isFile() ? file.toFile().length() : 0).sum();
    }
  }
}
