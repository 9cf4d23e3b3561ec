package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PrefetcherTest {
  private static final int CAPACITY = 8;
  private static final Duration LONG = Duration.ofSeconds(15);
  private static final Duration SHORT = Duration.ofMillis(20);

  private static final AtomicInteger STARTED = new AtomicInteger();

  private final String name = "test-reader-" + STARTED.incrementAndGet();
  private final GatedReader reader = new GatedReader();
  private Prefetcher prefetcher;

  /**
   * Sample p has the single value and label p. Each read needs a permit and may be told to fail.
   */
  private static final class GatedReader implements Reader {
    private final Semaphore permits = new Semaphore(0);
    private final Semaphore begun = new Semaphore(0);
    private final AtomicInteger reads = new AtomicInteger();
    private volatile long bad = -1;

    @Override
    public void read(long first, int count, FloatBuffer images, int[] labels) {
      reads.incrementAndGet();
      begun.release();
      try {
        permits.acquire();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
      if (first == bad) {
        throw new IllegalStateException("bad sector");
      }
      for (int i = 0; i < count; i++) {
        images.put(i, (float) (first + i));
        labels[i] = (int) first + i;
      }
    }
  }

  private Prefetcher start(int depth, Duration deadline) {
    prefetcher = new Prefetcher(name, reader, depth, CAPACITY, 1, deadline);
    return prefetcher;
  }

  private void open() {
    reader.permits.release(1_000_000);
  }

  @AfterEach
  void close() {
    prefetcher.close();
  }

  @Test
  void shouldHandOutBatchesInTheOrderOfTheirRequests() throws InterruptedException {
    start(3, LONG);
    open();
    long[] firsts = {40, 0, 16, 16, 8, 99, 3};
    for (long first : firsts) {
      prefetcher.request(first, 5);
    }
    for (long first : firsts) {
      Batch batch = prefetcher.take();
      assertEquals(first, batch.first());
      assertEquals(5, batch.count());
      assertEquals((float) (first + 4), batch.images().get(4));
      assertEquals(first + 4, batch.labels()[4]);
      prefetcher.release(batch);
    }
  }

  @Test
  void shouldLendDirectMemoryInNativeOrder() throws InterruptedException {
    start(1, LONG);
    open();
    prefetcher.request(0, 1);
    FloatBuffer images = prefetcher.take().images();
    assertEquals(CAPACITY, images.capacity());
    assertTrue(images.isDirect());
    assertEquals(ByteOrder.nativeOrder(), images.order());
  }

  @Test
  void shouldReadAheadNoFurtherThanItHasBatches() throws InterruptedException {
    start(2, LONG);
    open();
    for (int i = 0; i < 4; i++) {
      prefetcher.request(i, 1);
    }
    Batch first = prefetcher.take();
    Batch second = prefetcher.take();
    assertNotSame(first, second);
    awaitIdle(readingThread());
    assertEquals(2, reader.reads.get());
    assertEquals(0, first.images().get(0));
    prefetcher.release(first);
    assertEquals(2, prefetcher.take().first());
    assertEquals(3, reader.begun.availablePermits());
  }

  @Test
  void shouldKeepALentBatchUnchangedUntilItsRelease() throws InterruptedException {
    start(3, LONG);
    open();
    prefetcher.request(7, 1);
    Batch held = prefetcher.take();
    for (int i = 100; i < 110; i++) {
      prefetcher.request(i, 1);
      prefetcher.release(prefetcher.take());
    }
    assertEquals(7, held.images().get(0));
  }

  @Test
  void shouldForgetRequestsOnClearEvenTheOneBeingRead() throws InterruptedException {
    start(1, LONG);
    for (int i = 0; i < 3; i++) {
      prefetcher.request(i, 1);
    }
    reader.begun.acquire();
    prefetcher.clear();
    assertThrows(IllegalStateException.class, prefetcher::take);
    prefetcher.request(50, 2);
    open();
    Batch batch = prefetcher.take();
    assertEquals(50, batch.first());
    assertArrayEquals(
        new float[] {50, 51}, new float[] {batch.images().get(0), batch.images().get(1)});
    assertEquals(2, reader.reads.get());
  }

  @Test
  void shouldRecycleFinishedBatchesOnClear() throws InterruptedException {
    start(2, LONG);
    open();
    for (int round = 0; round < 10; round++) {
      prefetcher.request(round, 1);
      prefetcher.request(round + 100, 1);
      Batch batch = prefetcher.take();
      prefetcher.clear();
      assertEquals(round, batch.first());
      prefetcher.release(batch);
    }
    prefetcher.request(5, 1);
    prefetcher.request(6, 1);
    assertEquals(5, prefetcher.take().first());
    assertEquals(6, prefetcher.take().first());
  }

  @Test
  void shouldTellTheTakerWhyReadingFailedAndGoOn() throws InterruptedException {
    start(1, LONG);
    open();
    reader.bad = 20;
    prefetcher.request(20, 4);
    prefetcher.request(24, 4);
    DataUnavailable failure = assertThrows(DataUnavailable.class, prefetcher::take);
    assertTrue(failure.getMessage().contains("samples 20 to 23"), failure.getMessage());
    assertTrue(failure.getMessage().contains("bad sector"), failure.getMessage());
    assertEquals(24, prefetcher.take().first());
  }

  @Test
  void shouldGiveUpAtTheDeadlineAndKeepTheRequest() throws InterruptedException {
    start(1, SHORT);
    prefetcher.request(20, 4);
    reader.begun.acquire();
    DataUnavailable late = assertThrows(DataUnavailable.class, prefetcher::take);
    assertTrue(late.getMessage().contains("samples 20 to 23"), late.getMessage());
    assertTrue(late.getMessage().contains("within 20 ms"), late.getMessage());
    assertTrue(late.getMessage().contains("takes too long"), late.getMessage());
    assertTrue(prefetcher.waitedNs() >= SHORT.toNanos());
  }

  @Test
  void shouldSayWhenItsTakersKeepAllBatches() throws InterruptedException {
    start(1, SHORT);
    open();
    prefetcher.request(0, 1);
    CompletableFuture<Batch> kept = new CompletableFuture<>();
    while (!kept.isDone()) {
      try {
        kept.complete(prefetcher.take());
      } catch (DataUnavailable e) {
        assertTrue(e.getMessage().contains("samples 0 to 0"), e.getMessage());
      }
    }
    prefetcher.request(1, 1);
    DataUnavailable late = assertThrows(DataUnavailable.class, prefetcher::take);
    assertTrue(late.getMessage().contains("no batch is free"), late.getMessage());
  }

  @Test
  void shouldWakeATakerWhenItsRequestIsForgotten() throws Exception {
    start(1, LONG);
    prefetcher.request(0, 1);
    CompletableFuture<Batch> taken = takeElsewhere(new AtomicReference<>());
    reader.begun.acquire();
    prefetcher.clear();
    assertEndedBy(IllegalStateException.class, taken);
  }

  @Test
  void shouldEndItsThreadAndItsTakerOnClose() throws Exception {
    start(1, LONG);
    prefetcher.request(0, 1);
    reader.begun.acquire();
    Thread thread = readingThread();
    assertTrue(thread.isDaemon());
    CompletableFuture<Batch> taken = takeElsewhere(new AtomicReference<>());
    prefetcher.close();
    assertEndedBy(IllegalStateException.class, taken);
    thread.join(TimeUnit.SECONDS.toMillis(10));
    assertFalse(thread.isAlive());
  }

  @Test
  void shouldLetATakerBeInterrupted() throws Exception {
    start(1, LONG);
    prefetcher.request(0, 1);
    AtomicReference<Thread> taker = new AtomicReference<>();
    CompletableFuture<Batch> taken = takeElsewhere(taker);
    taker.get().interrupt();
    assertEndedBy(InterruptedException.class, taken);
  }

  @Test
  void shouldRefuseWrongUse() throws InterruptedException {
    start(1, LONG);
    open();
    assertThrows(IllegalArgumentException.class, () -> prefetcher.request(0, CAPACITY + 1));
    assertThrows(IllegalArgumentException.class, () -> prefetcher.request(0, 0));
    assertThrows(IllegalStateException.class, prefetcher::take);
    prefetcher.request(0, 1);
    Batch batch = prefetcher.take();
    prefetcher.release(batch);
    assertThrows(IllegalStateException.class, () -> prefetcher.release(batch));
  }

  /** Waits in take on a thread of its own, which has begun when this returns. */
  private CompletableFuture<Batch> takeElsewhere(AtomicReference<Thread> taker)
      throws InterruptedException {
    CompletableFuture<Batch> taken = new CompletableFuture<>();
    CountDownLatch started = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              started.countDown();
              try {
                taken.complete(prefetcher.take());
              } catch (InterruptedException | RuntimeException e) {
                taken.completeExceptionally(e);
              }
            });
    taker.set(thread);
    thread.setDaemon(true);
    thread.start();
    started.await();
    awaitIdle(thread);
    return taken;
  }

  private static void assertEndedBy(Class<? extends Throwable> kind, CompletableFuture<?> future) {
    CompletionException failure = assertThrows(CompletionException.class, future::join);
    assertEquals(kind, failure.getCause().getClass());
  }

  private Thread readingThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Waits, at most as long as the test may take, until a thread waits for others. */
  private static void awaitIdle(Thread thread) {
    while (thread.getState() != Thread.State.WAITING
        && thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }
}
