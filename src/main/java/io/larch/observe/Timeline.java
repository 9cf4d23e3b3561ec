package io.larch.observe;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What the threads of this process do, each on a {@link Track}. It is taken by one taker at a time
 * as events of the Chrome trace format (Google, "Trace Event Format", complete events X, nestable
 * asynchronous b and e, instant i and metadata M), which Perfetto and chrome://tracing open.
 */
public final class Timeline {
  /** No run is open. */
  public static final long NO_STEP = -1;

  private static final int SPANS = 1 << 14;

  /** Where events go. */
  public interface Sink {
    /**
     * Takes events as they come, separated by commas; must return quickly.
     *
     * @param events never empty
     */
    void events(String events);

    /** Nothing more comes. */
    void ended();
  }

  private final List<Track> tracks = new CopyOnWriteArrayList<>();
  private final List<Long> told = new CopyOnWriteArrayList<>();
  private volatile long step = NO_STEP;
  private boolean named;

  /** The track of that name; one thread at a time writes to it. */
  public synchronized Track track(String name) {
    return tracks.stream()
        .filter(t -> t.name().equals(name))
        .findFirst()
        .orElseGet(() -> add(name));
  }

  private Track add(String name) {
    Track track = new Track(name, SPANS);
    tracks.add(track);
    return track;
  }

  /** A step is committed; or {@link #NO_STEP}, the run is over. */
  public void reached(long newStep) {
    step = newStep;
  }

  /** The last step committed, or {@link #NO_STEP}. */
  public long step() {
    return step;
  }

  /** Somebody begins to take it. */
  public synchronized void begin() {
    named = false;
    told.clear();
    tracks.forEach(Track::begin);
  }

  /** Nobody takes it any more. */
  public synchronized void end() {
    tracks.forEach(Track::end);
  }

  /**
   * Takes events, oldest first on each track, and of every track its share.
   *
   * @param process number and name of this process in the whole
   * @param offsetNs what the taker's clock shows more than this one's
   * @param limit in characters, not much exceeded
   * @return separated by commas; empty if there are none
   */
  public synchronized String take(int process, String name, long offsetNs, int limit) {
    TraceText text = new TraceText(process, offsetNs);
    if (!named) {
      text.process(name);
      named = true;
    }
    for (int i = 0; i < tracks.size(); i++) {
      take(i, text, (int) ((i + 1L) * limit / tracks.size()));
    }
    return text.toString();
  }

  /** An event that tells a person something about a process, now. */
  public static String note(int process, String text) {
    TraceText event = new TraceText(process, 0);
    event.note(text);
    return event.toString();
  }

  private void take(int number, TraceText text, int limit) {
    Track track = tracks.get(number);
    if (number == told.size()) {
      track.beginIfNew();
      text.thread(number, track.name());
      told.add(0L);
    }
    Track.Reader reader = text.reader(number);
    boolean more = true;
    while (more && text.length() < limit) {
      more = track.take(reader);
    }
    long leftOut = track.leftOut();
    if (leftOut > told.get(number)) {
      text.leftOut(number, leftOut - told.get(number));
      told.set(number, leftOut);
    }
  }
}
