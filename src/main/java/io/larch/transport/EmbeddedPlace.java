package io.larch.transport;

import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * Where an embedded media driver has its files: a directory of its own in a folder of all such, and
 * beside it a lock, which is held for as long as the driver lives. A process that is killed leaves
 * both, and whoever comes next removes what nobody holds. The number of a process would not tell
 * who lives: in containers it is often 1.
 */
final class EmbeddedPlace implements AutoCloseable {
  /** Begins the names of this process's own, whose locks it must not open again. */
  private static final String OURS = ProcessHandle.current().pid() + "-" + UUID.randomUUID() + "-";

  private final DriverFiles files;
  private final LockFile life;

  private EmbeddedPlace(DriverFiles files, LockFile life) {
    this.files = files;
    this.life = life;
  }

  /** The folder of all; by default in shared memory, one a user. */
  static Path folder(TransportSettings settings) {
    String configured = settings.driver().directory();
    String base = configured.isEmpty() ? DriverFiles.inMemory("").toString() : configured;
    return Path.of(base + "-embedded").toAbsolutePath().normalize();
  }

  /** Takes a new one; the caller owns it. */
  static EmbeddedPlace take(TransportSettings settings) {
    Path folder = folder(settings);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new Refusal(
          "The folder %s cannot be made (%s); set larch.cluster.transport.driver.directory to a place where files can be made."
              .formatted(folder, e),
          e);
    }
    return Stream.generate(() -> tryTake(folder))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow();
  }

  /**
   * Who tidies up holds a lock that was only just made for a moment; then another name is taken.
   */
  private static Optional<EmbeddedPlace> tryTake(Path folder) {
    String name = OURS + Long.toHexString(ThreadLocalRandom.current().nextLong());
    DriverFiles files = new DriverFiles(folder.resolve(name));
    return LockFile.tryLock(files.life()).map(life -> new EmbeddedPlace(files, life));
  }

  /** Removes what drivers have left whose processes were killed. */
  static void removeLeftBehind(TransportSettings settings) {
    Path folder = folder(settings);
    String[] names = folder.toFile().list();
    Arrays.stream(names == null ? new String[0] : names)
        .filter(name -> !name.startsWith(OURS))
        .map(EmbeddedPlace::directoryOf)
        .distinct()
        .forEach(name -> removeIfDead(new DriverFiles(folder.resolve(name))));
  }

  private static String directoryOf(String name) {
    int end = name.endsWith(DriverFiles.LIFE) ? DriverFiles.LIFE.length() : 0;
    return name.substring(0, name.length() - end);
  }

  private static void removeIfDead(DriverFiles files) {
    LockFile.tryLock(files.life()).ifPresent(life -> new EmbeddedPlace(files, life).close());
  }

  /** The driver's directory. */
  String directory() {
    return files.directory().toString();
  }

  /** Removes the directory, then the lock. */
  @Override
  public void close() {
    try (life) {
      files.removeDirectory();
    }
  }
}
