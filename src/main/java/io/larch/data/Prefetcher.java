package io.larch.data;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads samples ahead of one device, on a thread of its own, so that the device finds them ready.
 *
 * <p>The device (or who plans for it) says early what it will need, in order, with {@link
 * #request}; {@link #take} hands the batches out in that order, {@link #release} gives the memory
 * back. A fixed number of batches exists; when all are full or taken, reading pauses. What was
 * requested is only a note, so {@code request} never waits.
 *
 * <p>Any thread may call any method. Only {@code take} waits.
 */
public final class Prefetcher implements AutoCloseable {
  private final Reader reader;
  private final int capacity;
  private final long deadlineNs;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition progress = lock.newCondition();

  /** Requests neither taken nor forgotten, oldest first. */
  private final Deque<Request> requests = new ArrayDeque<>();

  private final Deque<Batch> free = new ArrayDeque<>();
  private final Set<Batch> lent = new HashSet<>();
  private long waitedNs;
  private boolean closed;

  /** A note of what to read, and what became of it. Guarded by the lock. */
  private static final class Request {
    final long first;
    final int count;
    Batch batch;
    Throwable failure;
    boolean finished;
    boolean forgotten;

    Request(long first, int count) {
      this.first = first;
      this.count = count;
    }

    @Override
    public String toString() {
      return "samples %d to %d".formatted(first, first + count - 1);
    }
  }

  /**
   * Starts the reading thread.
   *
   * @param name of the thread
   * @param depth number of batches, taken ones included
   * @param capacity most samples of one batch
   * @param floatsPerSample C · H · W
   * @param deadline longest time {@link #take} waits
   */
  public Prefetcher(
      String name, Reader reader, int depth, int capacity, int floatsPerSample, Duration deadline) {
    this.reader = reader;
    this.capacity = capacity;
    this.deadlineNs = deadline.toNanos();
    for (int i = 0; i < depth; i++) {
      free.add(new Batch(capacity, floatsPerSample));
    }
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Notes that samples will be taken, after all that was requested before. */
  public void request(long first, int count) {
    if (count < 1 || count > capacity) {
      throw new IllegalArgumentException("count=" + count + " not in 1 to capacity=" + capacity);
    }
    lock.lock();
    try {
      requests.add(new Request(first, count));
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the oldest request and lends its batch; the caller gives it back by {@link #release}.
   *
   * @throws DataUnavailable if reading it failed (the request is used up) or the deadline passed
   *     (the request stands)
   * @throws IllegalStateException if nothing is requested, or on closing
   */
  public Batch take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      Request request = awaitOldest();
      requests.remove();
      if (request.failure != null) {
        recycle(request.batch);
        throw unreadable(request);
      }
      lent.add(request.batch);
      return request.batch;
    } finally {
      lock.unlock();
    }
  }

  /** The oldest request, finished. It is looked up anew after every wait: it may be forgotten. */
  private Request awaitOldest() throws InterruptedException {
    long start = System.nanoTime();
    try {
      while (true) {
        checkCanTake();
        Request oldest = requests.element();
        if (oldest.finished) {
          return oldest;
        }
        long leftNs = deadlineNs - (System.nanoTime() - start);
        if (leftNs <= 0) {
          throw late(oldest);
        }
        progress.awaitNanos(leftNs);
      }
    } finally {
      waitedNs += System.nanoTime() - start;
    }
  }

  private void checkCanTake() {
    if (closed) {
      throw new IllegalStateException(thread.getName() + " is closed");
    }
    if (requests.isEmpty()) {
      throw new IllegalStateException(thread.getName() + ": nothing is requested");
    }
  }

  private static DataUnavailable unreadable(Request request) {
    String why =
        request.failure instanceof DataUnavailable known
            ? known.getMessage()
            : request.failure.toString();
    return new DataUnavailable(request + " cannot be read: " + why, request.failure);
  }

  private DataUnavailable late(Request request) {
    String why =
        request.batch != null
            ? "reading takes too long"
            : "no batch is free to read into, %d are taken".formatted(lent.size());
    return new DataUnavailable(
        "%s did not come within %d ms: %s"
            .formatted(request, TimeUnit.NANOSECONDS.toMillis(deadlineNs), why));
  }

  /** Takes a batch back; its contents may change at once. */
  public void release(Batch batch) {
    lock.lock();
    try {
      if (!lent.remove(batch)) {
        throw new IllegalStateException("this batch is not lent");
      }
      recycle(batch);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets every request. Batches already taken stay with their takers. */
  public void clear() {
    lock.lock();
    try {
      for (Request request : requests) {
        request.forgotten = true;
        if (request.finished) {
          recycle(request.batch);
        }
      }
      requests.clear();
      progress.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Total time that {@link #take} has waited. */
  public long waitedNs() {
    lock.lock();
    try {
      return waitedNs;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread, interrupting a read in progress; who waits in {@link #take} is told. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
      progress.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
  }

  private void recycle(Batch batch) {
    free.add(batch);
    work.signal();
  }

  private void run() {
    try {
      while (true) {
        Request request = awaitRequest();
        if (request == null) {
          return;
        }
        read(request);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The oldest request not begun, with a batch to read into; null on closing. */
  private Request awaitRequest() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed) {
        Request next = free.isEmpty() ? null : nextRequest();
        if (next != null) {
          next.batch = free.remove();
          return next;
        }
        work.await();
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private Request nextRequest() {
    for (Request request : requests) {
      if (request.batch == null) {
        return request;
      }
    }
    return null;
  }

  /** Reads without holding the lock. Whatever goes wrong is for the taker to know. */
  private void read(Request request) {
    Throwable failure = null;
    try {
      request.batch.fill(reader, request.first, request.count);
    } catch (Throwable e) {
      failure = e;
    }
    finish(request, failure);
  }

  private void finish(Request request, Throwable failure) {
    lock.lock();
    try {
      request.failure = failure;
      request.finished = true;
      if (request.forgotten) {
        recycle(request.batch);
      } else {
        progress.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }
}
