package io.larch.web;

import io.larch.observe.Timeline;
import java.util.concurrent.CompletableFuture;

/**
 * Collects a timeline as one JSON array, up to a size, with which it is whole: what comes after
 * that is left out.
 */
final class TimelineText implements Timeline.Sink {
  private final int longest;
  private final StringBuilder text = new StringBuilder("[\n");
  private final CompletableFuture<String> whole = new CompletableFuture<>();

  /**
   * An array without an element.
   *
   * @param longest in characters, of what it is told
   */
  TimelineText(int longest) {
    this.longest = longest;
  }

  /** All of it, once nothing more comes or there is no room for more. */
  CompletableFuture<String> whole() {
    return whole;
  }

  @Override
  public synchronized void events(String events) {
    if (whole.isDone()) {
      return;
    }
    if (text.length() + events.length() <= longest) {
      append(events);
    } else {
      append(Timeline.note(0, "what follows is left out; ask for fewer steps"));
      ended();
    }
  }

  private void append(String events) {
    text.append(text.length() > 2 ? ",\n" : "").append(events);
  }

  @Override
  public synchronized void ended() {
    if (!whole.isDone()) {
      whole.complete(text.append("\n]\n").toString());
    }
  }
}
