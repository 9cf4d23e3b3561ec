package io.larch.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * A process as the others on its kernel know it: a number that is given out again only with another
 * start.
 *
 * @param kernel its boot and its space of process numbers; empty where the system does not tell
 * @param start in the kernel's own ticks
 */
record ProcessMark(String kernel, long pid, String start) {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path NUMBERS = Path.of("/proc/self/ns/pid");
  private static final List<String> ENDED = List.of("Z", "X");

  /** Places of state and start in {@code /proc/PID/stat}, counted behind the name's bracket. */
  private static final int STATE = 0;

  private static final int START = 19;

  /** This process. */
  static ProcessMark own() {
    return of(ProcessHandle.current().pid());
  }

  /** A process of this kernel. */
  static ProcessMark of(long pid) {
    try {
      return new ProcessMark(kernelHere(), pid, stat(pid)[START]);
    } catch (IOException e) {
      return new ProcessMark("", pid, "");
    }
  }

  private static String kernelHere() throws IOException {
    return Files.readString(BOOT).trim() + " " + Files.readSymbolicLink(NUMBERS);
  }

  private static String[] stat(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
  }

  /** Whether its number can be looked up from here. */
  boolean isOnThisKernel() {
    try {
      return !kernel.isEmpty() && kernel.equals(kernelHere());
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether it has ended, as far as this kernel knows; one that nobody has buried has. */
  boolean hasEnded() {
    try {
      String[] now = stat(pid);
      return !now[START].equals(start) || ENDED.contains(now[STATE]);
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return Files.notExists(Path.of("/proc", String.valueOf(pid)));
    }
  }
}
