package io.larch.observe;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A timeline as a file: a JSON array that is complete after every write, since each writes over the
 * closing bracket and sets it anew in one go. So the file of a process that was killed opens too.
 *
 * <p>It is written by a thread of its own and has a greatest size. What does not fit, or comes
 * faster than the disk takes it, is left out; how much, the last event says.
 */
public final class TraceFile implements Timeline.Sink, AutoCloseable {
  private static final int WAITING = 256;
  private static final long PATIENCE_SECONDS = 10;
  private static final String BEGIN = "[\n";
  private static final String END = "\n]\n";

  private final long largest;
  private final FileChannel channel;
  private final CountDownLatch complete = new CountDownLatch(1);
  private final Backlog<String> backlog;
  private long end;
  private long tooMuch;

  /**
   * Begins a file, in place of one that is there.
   *
   * @param largest bytes
   * @throws Refusal if it cannot be written
   */
  public static TraceFile create(Path path, long largest) {
    try {
      return begin(
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE),
          largest);
    } catch (IOException e) {
      throw new Refusal(
          "The timeline cannot be written to %s (%s); name a file in a folder that exists and can be written to."
              .formatted(path, e),
          e);
    }
  }

  /** The same in an open file, which is closed in any case. */
  static TraceFile begin(FileChannel file, long largest) throws IOException {
    try {
      return new TraceFile(file, largest);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private TraceFile(FileChannel channel, long largest) throws IOException {
    this.largest = largest;
    this.channel = channel;
    write(BEGIN + END, 0);
    end = BEGIN.length();
    backlog = new Backlog<>("timeline", WAITING, this::append);
  }

  @Override
  public void events(String events) {
    backlog.add(events);
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

  private void append(List<String> pieces, long leftOut) throws IOException {
    for (String piece : pieces) {
      if (end + piece.length() > largest) {
        tooMuch++;
      } else {
        append(piece);
      }
    }
  }

  private void append(String events) throws IOException {
    String text = (end == BEGIN.length() ? "" : ",\n") + events;
    end += write(text + END, end) - END.length();
  }

  private int write(String text, long at) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes, at + bytes.position());
    }
    return bytes.limit();
  }

  /** Writes what is left; a warning says where that cannot be done. */
  @Override
  public void close() {
    backlog.end(this::finish);
  }

  private void finish() throws IOException {
    try {
      tellWhatIsMissing();
    } finally {
      channel.close();
    }
  }

  private void tellWhatIsMissing() throws IOException {
    long missing = tooMuch + backlog.leftOut();
    if (missing > 0) {
      append(
          Timeline.note(
              0, missing + " pieces are left out: the file is full or the disk too slow"));
    }
  }
}
