package io.larch.observe;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is still to be written, by a thread of its own. Whoever hands something in never waits: what
 * finds the backlog full, or comes after writing has failed, is left out and counted. {@link #end}
 * writes the rest. That writing has failed is told once, as a warning, and harms nobody else.
 */
final class Backlog<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);
  private static final long LOOK_MILLIS = 100;

  /** Writes; called on the backlog's thread only. */
  interface Writer<T> {
    /**
     * @param items in the order in which they were handed in
     * @param leftOut how many have been left out so far
     */
    void write(List<T> items, long leftOut) throws IOException;
  }

  private final String what;
  private final Writer<T> writer;
  private final BlockingQueue<Optional<T>> queue;
  private final AtomicLong leftOut = new AtomicLong();
  private final Thread thread;
  private volatile boolean failed;

  /**
   * @param what is written, for the thread's name and for warnings
   * @param capacity in items
   */
  Backlog(String what, int capacity, Writer<T> writer) {
    this.what = what;
    this.writer = writer;
    queue = new ArrayBlockingQueue<>(capacity);
    thread = new Thread(this::run, "larch-" + what);
    thread.setDaemon(true);
    thread.start();
  }

  /** Hands something in. */
  void add(T item) {
    if (failed || !queue.offer(Optional.of(item))) {
      leftOut.incrementAndGet();
    }
  }

  long leftOut() {
    return leftOut.get();
  }

  private void run() {
    try {
      boolean more = true;
      while (more) {
        List<Optional<T>> taken = new ArrayList<>();
        taken.add(queue.take());
        queue.drainTo(taken);
        more = taken.get(taken.size() - 1).isPresent();
        write(taken.stream().flatMap(Optional::stream).toList());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(List<T> items) {
    if (failed) {
      leftOut.addAndGet(items.size());
      return;
    }
    try {
      writer.write(items, leftOut.get());
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
  }

  private void fail(Exception e) {
    if (!failed) {
      failed = true;
      LOG.warn("the {} can be written no longer: {}", what, e.toString());
    }
  }

  /**
   * Waits until all is written that was handed in.
   *
   * @param file is closed then
   */
  void end(Closeable file) {
    try {
      finish();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      file.close();
    } catch (IOException e) {
      fail(e);
    }
  }

  /** A thread that is no more makes no room in a full queue. */
  private void finish() throws InterruptedException {
    boolean told = false;
    while (thread.isAlive() && !told) {
      told = queue.offer(Optional.empty(), LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
    thread.join();
  }
}
