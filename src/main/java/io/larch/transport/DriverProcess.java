package io.larch.transport;

import io.aeron.AeronCounters;
import io.aeron.driver.MediaDriver;
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
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"));
    command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.larch.cli.Main", "driver"));
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
    Optional<LockFile> life = LockFile.tryLock(files.life());
    if (life.isEmpty()) {
      throw new Refusal(
          "A media driver serves " + files.directory() + " already; one is enough for a host.");
    }
    try (LockFile held = life.get()) {
      if (held.leftBehind()) {
        files.removeDirectory();
      }
      new DriverProcess(settings, files).run();
    }
  }

  private void run() {
    try (MediaDriver driver =
        MediaDriver.launch(DriverSetup.context(settings, files.directory().toString()))) {
      MediaDriver.Context context = driver.context();
      CountersReader counters =
          new CountersReader(context.countersMetaDataBuffer(), context.countersValuesBuffer());
      while (!isIdle(counters) || !closes(driver, counters)) {
        Thread.sleep(PAUSE_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      removeLog();
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

  /** Ends the driver unless somebody stands in the door. */
  private boolean closes(MediaDriver driver, CountersReader counters) {
    Optional<LockFile> door = LockFile.tryLock(files.door());
    try {
      boolean ends = door.isPresent() && !hasClients(counters);
      if (ends) {
        driver.close();
      }
      return ends;
    } finally {
      door.ifPresent(LockFile::close);
    }
  }

  private static boolean hasClients(CountersReader counters) {
    boolean[] found = {false};
    counters.forEach(
        (id, type, key, label) -> found[0] |= type == AeronCounters.DRIVER_HEARTBEAT_TYPE_ID);
    return found[0];
  }

  private void removeLog() {
    try {
      Files.deleteIfExists(files.log());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + files.log(), e);
    }
  }
}
