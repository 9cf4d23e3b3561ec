package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run does not end otherwise because what is told of it cannot be written. */
@Timeout(60)
class FullDiskTest {
  private static final int ROOM = 1_000;

  @TempDir Path folder;

  /** A file with room for so many bytes. */
  private static final class FullFile extends OutputStream {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final int room;
    private boolean closed;

    private FullFile(int room) {
      this.room = room;
    }

    @Override
    public void write(int b) throws IOException {
      if (written.size() == room) {
        throw new IOException("No space left on device");
      }
      written.write(b);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void shouldCloseEventsThatCannotBeWritten() {
    EventFile events = EventFile.append(full());
    events.on(new Event.Warning("lost"));
    events.close();
  }

  @Test
  void shouldCloseABoardThatCanBeWrittenNoLonger() throws IOException {
    FullFile file = new FullFile(ROOM);
    TensorBoardFile board = TensorBoardFile.begin(file, () -> 2_000);
    board.text("run_file", 0, "x".repeat(ROOM));
    board.close();
    assertTrue(file.closed);
    assertEquals(ROOM, file.written.size());
  }

  @Test
  void shouldNotKeepABoardOpenThatCannotBeBegun() {
    FullFile file = new FullFile(1);
    assertThrows(IOException.class, () -> TensorBoardFile.begin(file, () -> 2_000));
    assertTrue(file.closed);
  }

  /** Too much has come, which the last event would say. */
  @Test
  void shouldCloseATimelineThatCanBeWrittenNoLonger() throws IOException {
    FileChannel file =
        FileChannel.open(
            folder.resolve("timeline.json"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    TraceFile trace = TraceFile.begin(file, 1);
    trace.events(Timeline.note(0, "too much"));
    file.close();
    trace.close();
  }

  @Test
  void shouldNotKeepATimelineOpenThatCannotBeBegun() throws IOException {
    FileChannel file = FileChannel.open(full(), StandardOpenOption.WRITE);
    assertThrows(IOException.class, () -> TraceFile.begin(file, ROOM));
    assertFalse(file.isOpen());
  }

  private static Path full() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "no device here is always full");
    return full;
  }
}
