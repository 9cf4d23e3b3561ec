package io.larch.cluster;

import io.larch.reduce.Slice;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Stages trained slices during one generation: as many at a time as the node has devices, which
 * wait for the next weights when most of it is due; on the caller's thread if there is one device.
 * A slice's values depend on that slice alone, so bits do not depend on how many are staged at a
 * time.
 */
final class Staging implements AutoCloseable {
  private static final long END_SECONDS = 60;

  /** What comes of it; called on any thread, must return at once. */
  interface Outcome {
    void staged(long step, Slice slice, long beganNs, long endedNs);

    void broke(RuntimeException cause);
  }

  private final Outcome outcome;
  private final Queue<LayerUpdates> idle = new ConcurrentLinkedQueue<>();
  private final Optional<ExecutorService> threads;

  Staging(RunContext context, int devices, Outcome outcome) {
    this.outcome = outcome;
    Stream.generate(() -> new LayerUpdates(context)).limit(devices).forEach(idle::add);
    threads =
        devices == 1
            ? Optional.empty()
            : Optional.of(Executors.newFixedThreadPool(devices, Staging::thread));
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "larch-update");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Stages a slice soon.
   *
   * @param gradient summed over the global batch, untouched until the slice is staged
   * @param ratios trust ratio of each trained tensor of the layer, in order
   * @param factor of the mean gradient
   */
  void stage(Slice slice, FloatBuffer gradient, List<Double> ratios, long step, double factor) {
    Runnable work = () -> stageNow(slice, gradient, ratios, step, factor);
    threads.ifPresentOrElse(some -> some.execute(work), work);
  }

  private void stageNow(
      Slice slice, FloatBuffer gradient, List<Double> ratios, long step, double factor) {
    LayerUpdates updates = idle.remove();
    try {
      long began = System.nanoTime();
      updates.stage(slice, gradient, ratios, step, factor);
      outcome.staged(step, slice, began, System.nanoTime());
    } catch (RuntimeException e) {
      outcome.broke(e);
    } catch (Error e) {
      outcome.broke(new IllegalStateException("the update of " + slice.layer() + " ended", e));
    } finally {
      idle.add(updates);
    }
  }

  /** Drops what has not begun and waits for what has: no memory is touched any more. */
  @Override
  public void close() {
    threads.ifPresent(Staging::end);
  }

  private static void end(ExecutorService threads) {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the update of a slice does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
