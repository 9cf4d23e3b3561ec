package io.larch.data;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that decode pictures. They end by themselves when there is nothing to do for a while. */
final class DecodingThreads {
  private static final int IDLE_SECONDS = 10;

  private DecodingThreads() {}

  /**
   * Prepares threads; each starts when it is needed.
   *
   * @param count 0 for one a core
   */
  static ExecutorService start(int count) {
    int threads = count == 0 ? Runtime.getRuntime().availableProcessors() : count;
    AtomicInteger started = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> daemon(work, "larch-decoder-" + started.getAndIncrement()));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }
}
