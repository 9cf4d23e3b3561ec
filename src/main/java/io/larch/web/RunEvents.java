package io.larch.web;

import io.larch.observe.Event;
import io.larch.observe.RunHistory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a run has told so far, for any number of followers, each at its own pace. The last steps,
 * what was told last of layers and, counted by themselves, the last of all else are kept until the
 * next run begins; so a follower who comes late or is slow misses old steps at most. May be used
 * from any thread.
 */
public final class RunEvents implements Event.Listener {
  private static final int KEPT = 1_000;

  /** How a run ended. */
  public enum End {
    DONE,
    STOPPED,
    REFUSED,
    FAILED,
    DIVERGED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Something told, numbered from 1 without end. */
  public sealed interface Told {
    long number();
  }

  /** An event of the run. */
  public record Happened(long number, Event event) implements Told {}

  /**
   * The last thing told of a run.
   *
   * @param reason a paragraph; null when it is done
   */
  public record Ended(long number, String run, End end, String reason) implements Told {}

  /**
   * A run as a whole.
   *
   * @param run null before the first
   * @param number of the last thing told; what comes later comes with the events after it
   * @param ended null while it goes on
   */
  public record Whole(String run, long number, RunHistory.View history, Ended ended) {}

  private final NavigableMap<Long, Told> told = new TreeMap<>();
  private final Deque<Long> steps = new ArrayDeque<>();
  private final Deque<Long> layers = new ArrayDeque<>();
  private final Deque<Long> others = new ArrayDeque<>();
  private long number;
  private RunHistory history = new RunHistory();
  private String run;
  private boolean ended = true;
  private CompletableFuture<Void> news = new CompletableFuture<>();

  /** A run begins; the one before is forgotten. */
  public void begin(String name) {
    announce(
        () -> {
          told.clear();
          steps.clear();
          layers.clear();
          others.clear();
          history = new RunHistory();
          run = name;
          ended = false;
        });
  }

  /**
   * Keeps an event of the run in progress.
   *
   * @throws IllegalStateException when none is
   */
  @Override
  public void on(Event event) {
    announce(
        () -> {
          requireRun();
          told.put(++number, new Happened(number, event));
          history.on(event);
          limit(event);
        });
  }

  /** The run has ended and tells nothing more. */
  public void end(End end, String reason) {
    announce(
        () -> {
          requireRun();
          ended = true;
          told.put(++number, new Ended(number, run, end, reason));
        });
  }

  /**
   * All that the run has told, in short.
   *
   * @param points of a curve, at most
   */
  public synchronized Whole whole(int points) {
    Ended end =
        ended && !told.isEmpty() && told.lastEntry().getValue() instanceof Ended last ? last : null;
    return new Whole(run, number, history.view(points), end);
  }

  /** One figure of the run's tensors by step, in so many columns at most. */
  public synchronized RunHistory.Heat heat(RunHistory.TensorFigure figure, int columns) {
    return history.heat(figure, columns);
  }

  /** The result of a run; empty before it is done or stopped, or if another is told of now. */
  public synchronized Optional<Event.Result> result(String of) {
    return history.result().filter(there -> run.equals(of));
  }

  /** The run told of; empty before the first. */
  public synchronized Optional<String> run() {
    return Optional.ofNullable(run);
  }

  /**
   * What a run told after a number, in order, as soon as there is something; nothing once another
   * run has taken its place.
   */
  public CompletionStage<List<Told>> after(String name, long last) {
    CompletableFuture<Void> coming;
    synchronized (this) {
      List<Told> later = List.copyOf(told.tailMap(last, false).values());
      if (!name.equals(run)) {
        return CompletableFuture.completedFuture(List.of());
      } else if (!later.isEmpty()) {
        return CompletableFuture.completedFuture(later);
      }
      coming = news;
    }
    return coming.thenCompose(nothing -> after(name, last));
  }

  private void announce(Runnable change) {
    CompletableFuture<Void> waited;
    synchronized (this) {
      change.run();
      waited = news;
      news = new CompletableFuture<>();
    }
    waited.complete(null);
  }

  private void requireRun() {
    if (ended) {
      throw new IllegalStateException("no run is in progress that could tell anything");
    }
  }

  /** Drops the oldest of this kind of event; what a run begins with stays. */
  private void limit(Event event) {
    if (event instanceof Event.Started || event instanceof Event.Settings) {
      return;
    }
    Deque<Long> kind = kept(event);
    kind.addLast(number);
    if (kind.size() > KEPT) {
      told.remove(kind.removeFirst());
    }
  }

  private Deque<Long> kept(Event event) {
    if (event instanceof Event.Step) {
      return steps;
    }
    return event instanceof Event.Layers ? layers : others;
  }
}
