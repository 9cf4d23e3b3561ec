package io.larch.observe;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What one thread does, for a timeline: a ring of spans that this thread writes and whoever takes
 * the timeline reads. It never waits: a span that finds the ring full is left out and counted.
 * While nobody takes the timeline a track costs one look at a field.
 */
public final class Track {
  /** A span that belongs to no slice. */
  public static final int NO_SLICE = -1;

  /** A track that nobody takes. */
  public static final Track OFF = new Track("off", 0);

  /** Reads a span. */
  interface Reader {
    /**
     * @param kind what is done, such as backward
     * @param name to what, such as a layer
     * @param slice or {@link #NO_SLICE}
     * @param flight whether it may overlap with others of its track
     */
    void span(
        String kind, String name, long step, int slice, boolean flight, long beganNs, long endedNs);
  }

  /** As many spans as there is room for. */
  private static final class Ring {
    private final String[] kinds;
    private final String[] names;
    private final long[] steps;
    private final int[] slices;
    private final boolean[] flights;
    private final long[] begins;
    private final long[] ends;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong leftOut = new AtomicLong();

    private Ring(int spans) {
      kinds = new String[spans];
      names = new String[spans];
      steps = new long[spans];
      slices = new int[spans];
      flights = new boolean[spans];
      begins = new long[spans];
      ends = new long[spans];
    }

    private void put(
        String kind,
        String name,
        long step,
        int slice,
        boolean flight,
        long beganNs,
        long endedNs) {
      long next = written.get();
      if (next - taken.get() == kinds.length) {
        leftOut.lazySet(leftOut.get() + 1);
        return;
      }
      int at = (int) (next % kinds.length);
      kinds[at] = kind;
      names[at] = name;
      steps[at] = step;
      slices[at] = slice;
      flights[at] = flight;
      begins[at] = beganNs;
      ends[at] = endedNs;
      written.lazySet(next + 1);
    }

    private boolean take(Reader reader) {
      long next = taken.get();
      if (next == written.get()) {
        return false;
      }
      int at = (int) (next % kinds.length);
      reader.span(kinds[at], names[at], steps[at], slices[at], flights[at], begins[at], ends[at]);
      taken.lazySet(next + 1);
      return true;
    }
  }

  private final String name;
  private final int spans;
  private volatile Ring ring;
  private long step;

  /**
   * @param spans how many can wait to be taken
   */
  Track(String name, int spans) {
    this.name = name;
    this.spans = spans;
  }

  String name() {
    return name;
  }

  /** Whether anybody takes the timeline; for those who would have to look at the clock for it. */
  public boolean isTaken() {
    return ring != null;
  }

  /** What follows belongs to a step; called by the thread of the track. */
  public void step(long newStep) {
    step = newStep;
  }

  /** The thread has done something; of two spans that overlap, one contains the other. */
  public void span(String kind, String what, int slice, long beganNs, long endedNs) {
    Ring now = ring;
    if (now != null) {
      now.put(kind, what, step, slice, false, beganNs, endedNs);
    }
  }

  /** Something has gone on beside the thread, in any order. */
  public void flight(String kind, String what, int slice, long beganNs, long endedNs) {
    Ring now = ring;
    if (now != null) {
      now.put(kind, what, step, slice, true, beganNs, endedNs);
    }
  }

  void begin() {
    ring = new Ring(spans);
  }

  /** A track that came after the others did begin. */
  void beginIfNew() {
    if (ring == null) {
      begin();
    }
  }

  void end() {
    ring = null;
  }

  /** Takes the oldest span; false if there is none. */
  boolean take(Reader reader) {
    Ring now = ring;
    return now != null && now.take(reader);
  }

  /** Spans left out since the timeline is taken. */
  long leftOut() {
    Ring now = ring;
    return now == null ? 0 : now.leftOut.get();
  }
}
