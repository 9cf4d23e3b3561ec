package io.larch.data;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Lets a fixed number of threads share in every read, sample by sample. What stands at a position
 * depends on the position alone, so the number of threads changes no bits.
 */
final class ParallelReader implements Reader {
  private final Reader reader;
  private final int floatsPerSample;
  private final ExecutorService threads;

  /**
   * Shares out the work of a reader.
   *
   * @param threads may serve many readers; the caller owns them
   */
  ParallelReader(Reader reader, int floatsPerSample, ExecutorService threads) {
    this.reader = reader;
    this.floatsPerSample = floatsPerSample;
    this.threads = threads;
  }

  @Override
  public void read(long first, int count, FloatBuffer images, int[] labels) {
    List<Callable<Void>> samples =
        IntStream.range(0, count).mapToObj(i -> sample(first, i, images, labels)).toList();
    try {
      for (Future<Void> sample : threads.invokeAll(samples)) {
        sample.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataUnavailable("reading was interrupted", e);
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    }
  }

  private Callable<Void> sample(long first, int i, FloatBuffer images, int[] labels) {
    return () -> {
      int[] label = new int[1];
      reader.read(first + i, 1, images.slice(i * floatsPerSample, floatsPerSample), label);
      labels[i] = label[0];
      return null;
    };
  }

  private static RuntimeException rethrown(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException known
        ? known
        : new IllegalStateException("a reader throws nothing checked", cause);
  }
}
