package io.larch.observe;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is still to be written, by a thread of its own. Whoever hands something in never waits: what
 * finds the backlog full, or comes after writing has failed, is left out and counted. {@link
 * #close} writes the rest.
 */
final class Backlog<T> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

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
    } catch (IOException e) {
      failed = true;
      LOG.warn("the {} can be written no longer: {}", what, e.toString());
    }
  }

  /** Waits until all is written that was handed in. */
  @Override
  public void close() {
    try {
      queue.put(Optional.empty());
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
