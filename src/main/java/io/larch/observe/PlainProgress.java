package io.larch.observe;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * Lines for a file or a pipe: every event but steps and layers, and of the steps the first, the
 * last and one every two seconds.
 */
public final class PlainProgress implements Event.Listener {
  private static final long PAUSE_NS = 2_000_000_000L;

  private final PrintStream out;
  private final LongSupplier clock;
  private long lastStep;
  private long nextNs;

  /**
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  public PlainProgress(PrintStream out, LongSupplier clock) {
    this.out = out;
    this.clock = clock;
    nextNs = clock.getAsLong();
  }

  @Override
  public void on(Event event) {
    if (event instanceof Event.Started started) {
      lastStep = started.lastStep();
    }
    if (event instanceof Event.Layers) {
      return;
    }
    if (!(event instanceof Event.Step step) || isDue(step)) {
      out.println(Wording.of(event));
    }
  }

  private boolean isDue(Event.Step step) {
    long now = clock.getAsLong();
    boolean due = now - nextNs >= 0 || step.step() == lastStep;
    if (due) {
      nextNs = now + PAUSE_NS;
    }
    return due;
  }
}
