package io.larch.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The most memory that this process has had in RAM so far. */
public final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s*(\\d+) kB");
  private static final int KILO = 1024;

  private PeakMemory() {}

  /** Bytes, as Linux counts them ({@code VmHWM}, proc(5)); null on other systems. */
  public static Long residentBytes() {
    try {
      return residentBytes(Files.readAllLines(STATUS));
    } catch (IOException e) {
      return null;
    }
  }

  static Long residentBytes(List<String> status) {
    return status.stream()
        .map(PEAK::matcher)
        .filter(Matcher::matches)
        .map(matcher -> Long.parseLong(matcher.group(1)) * KILO)
        .findFirst()
        .orElse(null);
  }
}
