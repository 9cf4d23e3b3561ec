package io.larch.simulate;

import java.util.PriorityQueue;

/** A clock that jumps from event to event. Events of one instant happen in the order of posting. */
final class VirtualTime {
  private record Event(long atNs, long order, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNs, other.atNs);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nowNs;
  private long posted;

  long nowNs() {
    return nowNs;
  }

  void after(long delayNs, Runnable action) {
    at(nowNs + delayNs, action);
  }

  void at(long ns, Runnable action) {
    events.add(new Event(Math.max(ns, nowNs), posted++, action));
  }

  /** Goes on to the next event; false if there is none. */
  boolean advance() {
    Event next = events.poll();
    if (next == null) {
      return false;
    }
    nowNs = next.atNs;
    next.action.run();
    return true;
  }
}
