package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Refusal;
import io.larch.config.Wire;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RingTest {
  private static final int SLOTS = 4;
  private static final int BYTES = SLOTS * (64 << 10);

  private final List<Integer> taken = new ArrayList<>();
  @TempDir private Path folder;
  private Path path;
  private Ring in;
  private Ring out;

  @BeforeEach
  void join() {
    path = folder.resolve("ring");
    in = Ring.create(path, BYTES);
    out = Ring.join(path).orElseThrow();
  }

  @Test
  void shouldPassChunksOnInOrderWhateverTheTurns() {
    int next = 0;
    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < 1 + round % SLOTS; i++) {
        assertTrue(put(next++));
      }
      in.take(this::note, SLOTS);
    }
    assertEquals(next, taken.size());
    for (int i = 0; i < next; i++) {
      assertEquals(i, taken.get(i));
    }
  }

  @Test
  void shouldBeFullUntilTheReaderHasTaken() {
    for (int i = 0; i < SLOTS; i++) {
      assertTrue(put(i));
    }
    assertFalse(put(4));
    assertEquals(1, in.take(this::note, 1));
    assertTrue(put(4));
    assertFalse(put(5));
  }

  @Test
  void shouldShowNothingThatIsNotPassedOn() {
    out.buffer().putInt(out.claim(), 1);
    assertEquals(0, in.take(this::note, SLOTS));
  }

  @Test
  void shouldGoOnBehindWhatTheReaderThrewAt() {
    put(1);
    put(2);
    Ring.Reader broken =
        (buffer, at, length) -> {
          throw new IllegalStateException("broken");
        };
    assertThrows(IllegalStateException.class, () -> in.take(broken, SLOTS));
    in.take(this::note, SLOTS);
    assertEquals(List.of(2), taken);
  }

  @Test
  void shouldClipLengthsThatCannotBe() {
    for (int length : new int[] {Integer.MIN_VALUE, -1, Integer.MAX_VALUE}) {
      out.commit(length);
    }
    in.take((buffer, at, length) -> taken.add(length), SLOTS);
    assertEquals(List.of(0, 0, Ring.CHUNK_BYTES), taken);
  }

  @Test
  void shouldLeaveNoNameOnceBothAreThere() {
    assertFalse(Files.exists(path));
    assertTrue(Ring.join(path).isEmpty());
  }

  /** A reader makes another ring just when the writer joins the first. */
  @Test
  void shouldJoinEveryRingThatNoOtherReplaces() {
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              while (!over.get()) {
                Ring.join(path).ifPresent(Ring::leaveAsWriter);
              }
            });
    try {
      for (int round = 0; round < 1000; round++) {
        Ring.create(path, BYTES / SLOTS);
        Ring last = Ring.create(path, BYTES / SLOTS);
        Fixtures.until(() -> "the writer", last::isLeftByWriter, Thread::onSpinWait);
      }
    } finally {
      over.set(true);
      writer.join();
    }
  }

  @Test
  void shouldRefuseWhereThereIsNoRoom() {
    Path nowhere = folder.resolve("missing").resolve("ring");
    Exception error = assertThrows(Refusal.class, () -> Ring.create(nowhere, BYTES));
    assertTrue(error.getMessage().contains("needs 260 KiB of shared memory"), error.getMessage());
  }

  @Test
  void shouldLeaveNothingOfARingThatCannotBeMade() throws IOException {
    Path taken = Files.createDirectory(folder.resolve("taken"));
    assertThrows(Refusal.class, () -> Ring.create(taken, BYTES));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(taken), left.toList());
    }
  }

  @Test
  void shouldTakeWhatIsLeftAndTheWriterBackAfterHeLeft() {
    RingInlet inlet =
        new RingInlet(null, path, BYTES, (from, buffer, at, length) -> note(buffer, at, length));
    out = Ring.join(path).orElseThrow();
    put(1);
    out.leaveAsWriter();
    assertEquals(1, inlet.poll(SLOTS));
    assertEquals(0, inlet.poll(SLOTS));
    out = Ring.join(path).orElseThrow();
    put(2);
    inlet.poll(SLOTS);
    assertEquals(List.of(1, 2), taken);
    inlet.close();
    assertTrue(out.isLeftByReader());
  }

  @Test
  void shouldNoticeAReaderThatWasKilled() {
    Ring.create(path, BYTES);
    RingOutlet outlet = new RingOutlet(path, () -> false, new ChunkWriter(1, false));
    assertEquals(SendResult.SENT, send(outlet));
    Fixtures.until(
        () -> "notice", () -> send(outlet) == SendResult.NOT_CONNECTED, Thread::onSpinWait);
    assertFalse(outlet.isConnected());
    outlet.close();
    assertEquals(SendResult.CLOSED, send(outlet));
  }

  private static SendResult send(RingOutlet outlet) {
    return outlet.send(Fixtures.header(0, 1, Wire.F32), FloatBuffer.allocate(1), 0);
  }

  private boolean put(int number) {
    int at = out.claim();
    if (at >= 0) {
      out.buffer().putInt(at, number);
      out.commit(Integer.BYTES);
    }
    return at >= 0;
  }

  private void note(DirectBuffer buffer, int at, int length) {
    assertEquals(Integer.BYTES, length);
    taken.add(buffer.getInt(at));
  }
}
