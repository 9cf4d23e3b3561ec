package io.larch.transport;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.larch.config.TransportSettings;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * A media driver inside this process, over a directory that nobody else knows. Whoever polls also
 * does the driver's work, so a chunk goes from the term to the socket, and from the socket to its
 * receiver, while it is still in the core's cache and without waiting for another thread to run. A
 * thread of its own stands in while nobody polls.
 */
final class EmbeddedDriver implements MediaHost {
  /** Without a poll for so long, the stand-in begins. */
  private static final long STAND_IN_NS = TimeUnit.MICROSECONDS.toNanos(500);

  private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final MediaDriver driver;
  private final EmbeddedPlace place;
  private final ReentrantLock turn = new ReentrantLock();
  private final Thread standIn = new Thread(this::standIn, "larch-driver");
  private volatile long polledNs = System.nanoTime();
  private volatile boolean closing;

  private EmbeddedDriver(MediaDriver driver, EmbeddedPlace place) {
    this.driver = driver;
    this.place = place;
    driver.sharedAgentInvoker().start();
    standIn.setDaemon(true);
    standIn.start();
  }

  /** Starts one; the caller owns it. */
  static EmbeddedDriver start(TransportSettings settings) {
    return start(settings, context -> context);
  }

  /**
   * The same.
   *
   * @param more is done to what the settings ask for
   */
  static EmbeddedDriver start(TransportSettings settings, UnaryOperator<MediaDriver.Context> more) {
    EmbeddedPlace.removeLeftBehind(settings);
    EmbeddedPlace place = EmbeddedPlace.take(settings);
    boolean started = false;
    try {
      MediaDriver.Context context =
          DriverSetup.context(settings, place.directory()).threadingMode(ThreadingMode.INVOKER);
      EmbeddedDriver driver = new EmbeddedDriver(MediaDriver.launch(more.apply(context)), place);
      started = true;
      return driver;
    } finally {
      if (!started) {
        place.close();
      }
    }
  }

  @Override
  public String directory() {
    return driver.aeronDirectoryName();
  }

  @Override
  public boolean isAlive() {
    return true;
  }

  @Override
  public void joined() {}

  @Override
  public void polled() {
    polledNs = System.nanoTime();
    work();
  }

  private void standIn() {
    while (!closing) {
      boolean needed = System.nanoTime() - polledNs > STAND_IN_NS;
      if (!needed || work() == 0) {
        LockSupport.parkNanos(PAUSE_NS);
      }
    }
  }

  /** One round of the driver's work, unless another thread is at it. */
  private int work() {
    if (!turn.tryLock()) {
      return 0;
    }
    try {
      return driver.sharedAgentInvoker().invoke();
    } finally {
      turn.unlock();
    }
  }

  @Override
  public void close() {
    closing = true;
    boolean interrupted = false;
    while (standIn.isAlive()) {
      try {
        standIn.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    try (place) {
      driver.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
