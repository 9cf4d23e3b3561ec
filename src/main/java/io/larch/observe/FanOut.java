package io.larch.observe;

import java.util.List;

/** Passes each event on to several listeners, in order. */
public record FanOut(List<Event.Listener> listeners) implements Event.Listener {
  public FanOut {
    listeners = List.copyOf(listeners);
  }

  @Override
  public void on(Event event) {
    listeners.forEach(listener -> listener.on(event));
  }
}
