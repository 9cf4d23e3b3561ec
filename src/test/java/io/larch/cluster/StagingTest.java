package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.FloatBlock;
import io.larch.reduce.Replica;
import io.larch.reduce.Slice;
import io.larch.transport.Fixtures;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StagingTest {
  private static final double FACTOR = 0.5;

  /** After the warm-up. */
  private static final long STEP = 60;

  private final List<AutoCloseable> memory = new ArrayList<>();

  @AfterEach
  void free() throws Exception {
    for (AutoCloseable each : memory) {
      each.close();
    }
  }

  private RunContext context() {
    RunContext run = SmallRun.context("slice-bytes=64KiB", "optimizer.name=adam");
    memory.add(run.replica());
    fill(run.replica().committed().weights(), 0.01f);
    run.replica().restore(0);
    return run;
  }

  private FloatBlock gradient(RunContext run) {
    FloatBlock gradient = FloatBlock.allocate(run.layout().floats());
    memory.add(gradient);
    fill(gradient, 3);
    return gradient;
  }

  private static void fill(FloatBlock block, float scale) {
    FloatBuffer values = block.view(0, (int) block.floats());
    for (int i = 0; i < values.capacity(); i++) {
      values.put(i, scale * ((i * 31) % 17 - 8));
    }
  }

  /** Takes what is told of slices. */
  private static class Told implements Staging.Outcome {
    private final BlockingQueue<Integer> slices = new LinkedBlockingQueue<>();
    private final BlockingQueue<RuntimeException> causes = new LinkedBlockingQueue<>();
    private final Set<String> threads = ConcurrentHashMap.newKeySet();

    @Override
    public void staged(long step, Slice slice, long beganNs, long endedNs) {
      assertTrue(step == STEP && beganNs <= endedNs);
      threads.add(Thread.currentThread().getName());
      slices.add(slice.id());
    }

    @Override
    public void broke(RuntimeException cause) {
      causes.add(cause);
    }
  }

  private static void stage(Staging staging, RunContext run, FloatBlock gradient) {
    for (Slice slice : run.trainedSlices()) {
      int tensors = run.layout().layer(slice.layer()).size();
      FloatBuffer sum = gradient.view(slice.from(), slice.count());
      staging.stage(slice, sum, Collections.nCopies(tensors, 1.0), STEP, FACTOR);
    }
  }

  private Replica staged(int devices, Told told) throws InterruptedException {
    RunContext run = context();
    FloatBlock gradient = gradient(run);
    try (Staging staging = new Staging(run, devices, told)) {
      stage(staging, run, gradient);
      for (int i = 0; i < run.trainedSlices().size(); i++) {
        Integer next = told.slices.poll(1, TimeUnit.MINUTES);
        assertTrue(next != null, () -> "staged after " + told.causes);
      }
    }
    run.replica().commit(1);
    return run.replica();
  }

  @Test
  void shouldStageTheSameBitsOnOneThreadAndOnSeveral() throws InterruptedException {
    Told here = new Told();
    Told beside = new Told();
    Replica one = staged(1, here);
    Replica three = staged(3, beside);
    assertEquals(Set.of(Thread.currentThread().getName()), here.threads);
    assertEquals(Set.of("larch-update"), beside.threads);
    assertEquals(one.hashes(), three.hashes());
    assertNotEquals(context().replica().hashes().slices(), three.hashes().slices());
    for (int buffer = 0; buffer < 2; buffer++) {
      FloatBlock expected = one.committed().buffers().get(buffer);
      FloatBlock found = three.committed().buffers().get(buffer);
      int count = (int) expected.floats();
      assertEquals(expected.view(0, count), found.view(0, count));
    }
  }

  @Test
  void shouldTellWhatAnUpdateBrokeOf() throws InterruptedException {
    RunContext run = context();
    Slice slice = run.trainedSlices().get(0);
    Told told = new Told();
    try (Staging staging = new Staging(run, 2, told)) {
      staging.stage(slice, FloatBuffer.allocate(1), List.of(1.0, 1.0), STEP, FACTOR);
      assertTrue(told.causes.poll(1, TimeUnit.MINUTES) instanceof IndexOutOfBoundsException);
    }
    assertNull(told.slices.poll());
  }

  @Test
  void shouldTouchNothingOnceClosed() throws InterruptedException {
    RunContext run = context();
    FloatBlock gradient = gradient(run);
    CountDownLatch first = new CountDownLatch(1);
    Told told =
        new Told() {
          @Override
          public void staged(long step, Slice slice, long beganNs, long endedNs) {
            super.staged(step, slice, beganNs, endedNs);
            first.countDown();
          }
        };
    Staging staging = new Staging(run, 2, told);
    stage(staging, run, gradient);
    assertTrue(first.await(1, TimeUnit.MINUTES));
    staging.close();
    int staged = told.slices.size();
    gradient.close();
    run.replica().close();
    memory.clear();
    assertTrue(staged >= 1 && told.causes.isEmpty());
    Fixtures.until(() -> "the end of threads", StagingTest::noThreadUpdates, Thread::onSpinWait);
  }

  private static boolean noThreadUpdates() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("larch-update"));
  }
}
