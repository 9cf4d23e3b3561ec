package io.larch.observe;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A timeline as a file: a JSON array that is complete after every write, since each writes over the
 * closing bracket and sets it anew in one go. So the file of a process that was killed opens too.
 *
 * <p>It is written by a thread of its own and has a greatest size. What does not fit, or comes
 * faster than the disk takes it, is left out; how much, the last event says.
 */
public final class TraceFile implements Timeline.Sink, AutoCloseable {
  private static final int QUEUED = 256;
  private static final long PATIENCE_SECONDS = 10;
  private static final String BEGIN = "[\n";
  private static final String END = "\n]\n";
  private static final String LAST = "";

  private final Path path;
  private final long largest;
  private final FileChannel channel;
  private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(QUEUED);
  private final CountDownLatch complete = new CountDownLatch(1);
  private final Thread thread;
  private long end;
  private boolean empty = true;
  private final AtomicLong leftOut = new AtomicLong();
  private IOException failure;

  /**
   * Begins a file, in place of one that is there.
   *
   * @param largest bytes
   * @throws Refusal if it cannot be written
   */
  public static TraceFile create(Path path, long largest) {
    try {
      return new TraceFile(path, largest);
    } catch (IOException e) {
      throw new Refusal(
          "The timeline cannot be written to %s (%s); name a file in a folder that exists and can be written to."
              .formatted(path, e),
          e);
    }
  }

  private TraceFile(Path path, long largest) throws IOException {
    this.path = path;
    this.largest = largest;
    channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    write(BEGIN + END, 0);
    end = BEGIN.length();
    thread = new Thread(this::run, "larch-timeline");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void events(String events) {
    if (!queue.offer(events)) {
      leftOut.addAndGet(events.length());
    }
  }

  @Override
  public void ended() {
    complete.countDown();
  }

  /** Waits until nothing more comes, or for some seconds. */
  public void awaitEnd() {
    try {
      if (!complete.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        events(Timeline.note(0, "the end was not told within %d s".formatted(PATIENCE_SECONDS)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      for (String next = queue.take(); !next.equals(LAST); next = queue.take()) {
        append(next);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      failure = e;
    }
  }

  private void append(String events) throws IOException {
    String text = (empty ? "" : ",\n") + events;
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (end + length + END.length() > largest) {
      leftOut.addAndGet(events.length());
      return;
    }
    write(text + END, end);
    end += length;
    empty = false;
  }

  private void write(String text, long at) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes, at + bytes.position());
    }
  }

  /**
   * Writes what is left.
   *
   * @throws IllegalStateException if it could not be written
   */
  @Override
  public void close() {
    try {
      queue.put(LAST);
      thread.join();
      if (failure == null && leftOut.get() > 0) {
        write((empty ? "" : ",\n") + leftOutEvent() + END, end);
      }
      channel.close();
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw new IllegalStateException(
          "the timeline %s could not be written to its end: %s".formatted(path, failure), failure);
    }
  }

  private String leftOutEvent() {
    return "{\"ph\":\"M\",\"pid\":0,\"name\":\"left out because the file is full or too slow\",\"args\":{\"characters\":%d}}"
        .formatted(leftOut.get());
  }
}
