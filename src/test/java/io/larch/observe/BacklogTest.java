package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BacklogTest {
  private final CountDownLatch taken = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  private void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** An interrupted thread ends at its next look into the queue. */
  private void dieWithAFullQueue(List<String> items, long leftOut) throws IOException {
    taken.countDown();
    await(goOn);
    Thread.currentThread().interrupt();
  }

  @Test
  void shouldEndThoughItsThreadIsGoneAndItsQueueFull() throws IOException {
    Backlog<String> backlog = new Backlog<>("test", 1, this::dieWithAFullQueue);
    backlog.add("one");
    await(taken);
    backlog.add("two");
    goOn.countDown();
    backlog.end(() -> closed.set(true));
    assertTrue(closed.get());
  }

  private void breakDown(List<String> items, long leftOut) {
    taken.countDown();
    throw new IllegalStateException("broken");
  }

  @Test
  void shouldLeaveOutWhatComesAfterAWriterThatBroke() throws IOException {
    Backlog<String> backlog = new Backlog<>("test", 8, this::breakDown);
    backlog.add("one");
    await(taken);
    backlog.add("two");
    backlog.end(
        () -> {
          closed.set(true);
          throw new IOException("broken");
        });
    assertTrue(closed.get());
    assertEquals(1, backlog.leftOut());
  }
}
