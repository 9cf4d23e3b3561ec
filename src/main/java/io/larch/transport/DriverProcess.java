package io.larch.transport;

import io.aeron.AeronCounters;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.exceptions.ActiveDriverException;
import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.concurrent.status.CountersReader;

/**
 * The process that serves the nodes of a host as their media driver: it begins when the first node
 * needs it, and ends by itself a while after the last one went.
 */
public final class DriverProcess {
  private static final Duration FIRST_NODE = Duration.ofSeconds(10);
  private static final Duration MOMENT = Duration.ofSeconds(1);
  private static final long PAUSE_MS = 50;
  private static final List<Path> DETACHERS = List.of(Path.of("/usr/bin/setsid"));

  private final TransportSettings settings;
  private final DriverFiles files;
  private long lastClientNs = System.nanoTime();
  private Duration patience;

  private DriverProcess(TransportSettings settings, DriverFiles files) {
    this.settings = settings;
    this.files = files;
    Duration linger = settings.driver().linger();
    patience = linger.compareTo(FIRST_NODE) > 0 ? linger : FIRST_NODE;
  }

  /**
   * The command that starts one, as {@code larch driver} in a session of its own: what ends the
   * node from the terminal does not end the driver.
   */
  static List<String> command(TransportSettings settings) {
    List<String> command = new ArrayList<>();
    DETACHERS.stream().filter(Files::isExecutable).map(Path::toString).forEach(command::add);
    List<String> small = List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:-UsePerfData");
    command.addAll(OwnProgram.command(small, List.of("driver")));
    settings.options().forEach(option -> command.addAll(List.of("-D", option)));
    return command;
  }

  /**
   * Serves until the last node has been gone for the time to linger, or the thread is interrupted.
   *
   * @throws Refusal if the directory has a living driver already
   */
  public static void serve(TransportSettings settings) {
    DriverFiles files = DriverFiles.of(settings);
    LockFile life = takeLife(files);
    Optional<LockFile> door = Optional.empty();
    try {
      if (life.leftBehind()) {
        files.removeDirectory();
      }
      door = new DriverProcess(settings, files).run();
      removeLog(files);
    } finally {
      life.close();
      door.ifPresent(LockFile::close);
    }
  }

  /** Nodes that look whether a driver lives hold the lock for a moment. */
  private static LockFile takeLife(DriverFiles files) {
    long deadline = System.nanoTime() + MOMENT.toNanos();
    Optional<LockFile> life = LockFile.tryLock(files.life());
    while (life.isEmpty() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
      life = LockFile.tryLock(files.life());
    }
    return life.orElseThrow(
        () ->
            new Refusal(
                "A media driver serves %s already; one is enough for a host."
                    .formatted(files.directory())));
  }

  /** Returns with the driver ended and, unless interrupted, the door in hand. */
  private Optional<LockFile> run() {
    try (MediaDriver driver =
        MediaDriver.launch(DriverSetup.context(settings, files.directory().toString()))) {
      MediaDriver.Context context = driver.context();
      CountersReader counters =
          new CountersReader(context.countersMetaDataBuffer(), context.countersValuesBuffer());
      Optional<LockFile> door = Optional.empty();
      while (door.isEmpty()) {
        Thread.sleep(PAUSE_MS);
        door = isIdle(counters) ? shutDoor(counters) : door;
      }
      return door;
    } catch (ActiveDriverException e) {
      throw new Refusal(
          "Another program's media driver lives in %s; set larch.cluster.transport.driver.directory to another place."
              .formatted(files.directory()),
          e);
    } catch (InterruptedException e) {
      return Optional.empty();
    }
  }

  private boolean isIdle(CountersReader counters) {
    long now = System.nanoTime();
    if (hasClients(counters)) {
      lastClientNs = now;
      patience = settings.driver().linger();
    }
    return now - lastClientNs > patience.toNanos();
  }

  /** Takes the door unless somebody stands in it or has just come in. */
  private Optional<LockFile> shutDoor(CountersReader counters) {
    Optional<LockFile> door = LockFile.tryLock(files.door());
    if (door.isPresent() && hasClients(counters)) {
      door.get().close();
      return Optional.empty();
    }
    return door;
  }

  private static boolean hasClients(CountersReader counters) {
    boolean[] found = {false};
    counters.forEach(
        (id, type, key, label) -> found[0] |= type == AeronCounters.DRIVER_HEARTBEAT_TYPE_ID);
    return found[0];
  }

  /** A driver that could not begin leaves its log to the node that started it. */
  private static void removeLog(DriverFiles files) {
    try {
      Files.deleteIfExists(files.log());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + files.log(), e);
    }
  }
}
