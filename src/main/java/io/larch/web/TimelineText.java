package io.larch.web;

import io.larch.observe.Timeline;
import java.util.concurrent.CompletableFuture;

/** Collects a timeline as one JSON array, up to a size; what comes after that is left out. */
final class TimelineText implements Timeline.Sink {
  private static final int LARGEST = 64 << 20;

  private final StringBuilder text = new StringBuilder("[\n");
  private final CompletableFuture<String> whole = new CompletableFuture<>();
  private boolean full;

  /** All of it, once nothing more comes. */
  CompletableFuture<String> whole() {
    return whole;
  }

  @Override
  public synchronized void events(String events) {
    if (full) {
      return;
    }
    full = text.length() + events.length() > LARGEST;
    append(full ? Timeline.note(0, "what follows is left out; ask for fewer steps") : events);
  }

  private void append(String events) {
    text.append(text.length() > 2 ? ",\n" : "").append(events);
  }

  @Override
  public synchronized void ended() {
    whole.complete(text.append("\n]\n").toString());
  }
}
