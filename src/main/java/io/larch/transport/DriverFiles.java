package io.larch.transport;

import io.aeron.CncFileDescriptor;
import io.larch.config.TransportSettings;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.ToLongFunction;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;

/**
 * A media driver's directory, and files beside it: three of a shared driver, its life alone of an
 * embedded one.
 *
 * @param directory Aeron's own
 */
record DriverFiles(Path directory) {
  /** Ends the name of {@link #life}. */
  static final String LIFE = ".life";

  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final Path NETWORK = Path.of("/proc/self/ns/net");
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  /** Where the settings put it; by default in shared memory, one a user and network. */
  static DriverFiles of(TransportSettings settings) {
    String configured = settings.driver().directory();
    return new DriverFiles(
        (configured.isEmpty() ? usual() : Path.of(configured)).toAbsolutePath().normalize());
  }

  private static Path usual() {
    return inMemory("-" + network());
  }

  /** A user's name in shared memory, if the system has a place for that. */
  static Path inMemory(String suffix) {
    Path base =
        Files.isDirectory(SHARED_MEMORY)
            ? SHARED_MEMORY
            : Path.of(System.getProperty("java.io.tmpdir"));
    return base.resolve("larch-" + System.getProperty("user.name") + suffix);
  }

  /** The number of the network namespace: the hosts that containers make have one each. */
  private static String network() {
    try {
      return Files.isSymbolicLink(NETWORK)
          ? Files.readSymbolicLink(NETWORK).toString().replaceAll("\\D", "")
          : "0";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + NETWORK, e);
    }
  }

  /** Held by the driver for as long as it lives. */
  Path life() {
    return beside(LIFE);
  }

  /** Held by who starts, joins or ends the driver. */
  Path door() {
    return beside(".door");
  }

  /** What a driver that was started by a node prints. */
  Path log() {
    return beside(".log");
  }

  private Path beside(String suffix) {
    return directory.resolveSibling(directory.getFileName() + suffix);
  }

  /** Removes what a driver that was killed has left. */
  void removeDirectory() {
    IoUtil.delete(directory.toFile(), false);
  }

  /** Names one life of the driver of a directory: host, directory, start and process. */
  static String nameOf(String directory) {
    long start = read(directory, CncFileDescriptor::startTimestampMs);
    return String.join(" ", boot(), directory, "start=" + start, "pid=" + pidOf(directory));
  }

  /** The process of the driver of a directory. */
  static long pidOf(String directory) {
    return read(directory, CncFileDescriptor::pid);
  }

  private static long read(String directory, ToLongFunction<DirectBuffer> field) {
    File cnc = new File(directory, CncFileDescriptor.CNC_FILE);
    MappedByteBuffer mapped = IoUtil.mapExistingFile(cnc, CncFileDescriptor.CNC_FILE);
    try {
      return field.applyAsLong(CncFileDescriptor.createMetaDataBuffer(mapped));
    } finally {
      IoUtil.unmap(mapped);
    }
  }

  private static String boot() {
    try {
      return Files.exists(BOOT, LinkOption.NOFOLLOW_LINKS) ? Files.readString(BOOT).trim() : "";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + BOOT, e);
    }
  }
}
