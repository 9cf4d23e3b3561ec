package io.larch.transport;

import io.aeron.CommonContext;
import io.aeron.exceptions.DriverTimeoutException;
import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The host's media driver as a node sees it: a process of its own, which outlives the node that
 * happened to start it.
 *
 * <p>Two locks between processes keep the order. The driver holds <em>life</em> for as long as it
 * lives, so a killed one is known at once. Who holds <em>door</em> may start a driver and join it;
 * the driver ends only with the door in its hand, so nobody joins a driver that is ending.
 */
final class SharedDriver implements MediaHost {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long PAUSE_MS = 10;

  private final DriverFiles files;
  private final LockFile door;
  private Process started;
  private boolean inside;

  private SharedDriver(DriverFiles files, LockFile door) {
    this.files = files;
    this.door = door;
  }

  /** Finds the driver or starts it; the door stays shut for others until {@link #joined}. */
  static SharedDriver enter(TransportSettings settings) {
    DriverFiles files = DriverFiles.of(settings);
    SharedDriver driver = new SharedDriver(files, lock(files.door()));
    try {
      driver.ensureRunning(settings);
      return driver;
    } catch (RuntimeException e) {
      driver.close();
      throw e;
    }
  }

  private static LockFile lock(Path path) {
    List<LockFile> got = new ArrayList<>();
    await(
        () -> LockFile.tryLock(path).map(got::add).orElse(false),
        () -> "Another process has held " + path + " for too long; is it stopped?");
    return got.get(0);
  }

  private void ensureRunning(TransportSettings settings) {
    await(
        () -> {
          startIfNone(settings);
          return isActive(settings);
        },
        () -> "The media driver of " + directory() + " shows no sign of life; end its process.");
  }

  private boolean isActive(TransportSettings settings) {
    long livenessMs = settings.driver().liveness().toMillis();
    File directory = files.directory().toFile();
    try {
      return CommonContext.isDriverActive(directory, livenessMs, message -> {})
          && (started == null || started.pid() == DriverFiles.pidOf(directory()));
    } catch (DriverTimeoutException e) {
      return false; // it has begun its files and not come further yet
    }
  }

  private void startIfNone(TransportSettings settings) {
    if (started == null) {
      Optional<LockFile> none = LockFile.tryLock(files.life());
      none.filter(LockFile::leftBehind).ifPresent(lock -> files.removeDirectory());
      none.ifPresent(LockFile::close);
      started = none.isPresent() ? start(settings) : null;
    } else if (!started.isAlive()) {
      refuse(started);
    }
  }

  private Process start(TransportSettings settings) {
    try {
      return new ProcessBuilder(DriverProcess.command(settings))
          .redirectErrorStream(true)
          .redirectInput(new File("/dev/null"))
          .redirectOutput(files.log().toFile())
          .start();
    } catch (IOException e) {
      throw new Refusal("The media driver's process cannot be started: " + e.getMessage(), e);
    }
  }

  private void refuse(Process ended) {
    try {
      String said = Files.readString(files.log()).trim();
      Files.deleteIfExists(files.log());
      throw new Refusal(
          "The media driver of %s ended as it began, with exit code %d: %s"
              .formatted(files.directory(), ended.exitValue(), said));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void await(BooleanSupplier condition, Supplier<String> complaint) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new Refusal(complaint.get());
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal("Interrupted while the media driver was being started.", e);
    }
  }

  @Override
  public String directory() {
    return files.directory().toString();
  }

  @Override
  public boolean isAlive() {
    return LockFile.isHeld(files.life());
  }

  @Override
  public void joined() {
    inside = true;
    door.close();
  }

  @Override
  public void close() {
    if (!inside) {
      door.close();
    }
  }
}
