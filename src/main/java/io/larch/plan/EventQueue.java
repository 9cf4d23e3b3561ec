package io.larch.plan;

import java.util.Arrays;

/** Events in order of time, and of arrival where times are equal; without objects, for millions. */
final class EventQueue {
  private double[] times = new double[1024];
  private long[] events = new long[1024];
  private long[] numbers = new long[1024];
  private int size;
  private long added;

  boolean isEmpty() {
    return size == 0;
  }

  /** Time of the first event. */
  double time() {
    return times[0];
  }

  void add(double time, long event) {
    if (size == times.length) {
      times = Arrays.copyOf(times, 2 * size);
      events = Arrays.copyOf(events, 2 * size);
      numbers = Arrays.copyOf(numbers, 2 * size);
    }
    int at = size++;
    set(at, time, event, added++);
    while (at > 0 && isBefore(at, (at - 1) / 2)) {
      swap(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }

  /** Takes the first event. */
  long remove() {
    long first = events[0];
    size--;
    set(0, times[size], events[size], numbers[size]);
    int at = 0;
    int least = leastOf(at);
    while (least != at) {
      swap(at, least);
      at = least;
      least = leastOf(at);
    }
    return first;
  }

  private int leastOf(int at) {
    int least = at;
    for (int child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++) {
      least = isBefore(child, least) ? child : least;
    }
    return least;
  }

  private boolean isBefore(int a, int b) {
    return times[a] < times[b] || (times[a] == times[b] && numbers[a] < numbers[b]);
  }

  private void set(int at, double time, long event, long number) {
    times[at] = time;
    events[at] = event;
    numbers[at] = number;
  }

  private void swap(int a, int b) {
    double time = times[a];
    long event = events[a];
    long number = numbers[a];
    set(a, times[b], events[b], numbers[b]);
    set(b, time, event, number);
  }
}
