package io.larch.observe;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar with loss, accuracy, rate and time left; other events are lines above it. */
public final class TerminalProgress implements Event.Listener, AutoCloseable {
  private static final int REFRESH_MS = 200;
  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintStream out;
  private final ProgressBarStyle style;
  private ProgressBar bar;

  /**
   * @param color whether colours are welcome
   */
  public TerminalProgress(PrintStream out, boolean color) {
    this.out = out;
    style = color ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK : ProgressBarStyle.ASCII;
  }

  @Override
  public void on(Event event) {
    if (event instanceof Event.Step step) {
      show(step);
    } else if (!(event instanceof Event.Layers)) {
      line(event);
    }
  }

  private void show(Event.Step step) {
    if (bar != null) {
      bar.setExtraMessage(" " + Wording.figures(step));
      bar.stepTo(step.step());
    }
  }

  private void line(Event event) {
    if (event instanceof Event.Result) {
      close();
    }
    out.println((bar == null ? "" : CLEAR_LINE) + Wording.of(event));
    if (event instanceof Event.Started started) {
      bar = begin(started);
    }
  }

  private ProgressBar begin(Event.Started started) {
    return new ProgressBarBuilder()
        .setTaskName(started.model())
        .setInitialMax(started.lastStep())
        .startsFrom(started.step(), Duration.ZERO)
        .setStyle(style)
        .setUpdateIntervalMillis(REFRESH_MS)
        .setConsumer(new ConsoleProgressBarConsumer(out))
        .build();
  }

  /** Ends the bar where it stands. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
