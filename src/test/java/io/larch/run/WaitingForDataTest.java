package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.data.DataSource;
import io.larch.data.Labels;
import io.larch.data.Prefetcher;
import io.larch.data.Reader;
import io.larch.observe.Event;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A run that is bound by its input says how long it waited, while training and evaluating. */
@Timeout(120)
class WaitingForDataTest {
  private static final Duration HELD = Duration.ofMillis(300);

  private final AtomicLong heldNs = new AtomicLong();

  /** Lets the first read go on only some time after a device was seen to wait for it. */
  private final class SlowAtFirst implements Reader {
    private final Reader reader;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch never = new CountDownLatch(1);

    SlowAtFirst(Reader reader) {
      this.reader = reader;
    }

    @Override
    public void read(long first, int count, FloatBuffer images, int[] labels) {
      if (begun.compareAndSet(false, true)) {
        hold();
      }
      reader.read(first, count, images, labels);
    }

    private void hold() {
      while (!someoneWaits()) {
        pause(Duration.ofMillis(2));
      }
      long begin = System.nanoTime();
      pause(HELD);
      heldNs.addAndGet(System.nanoTime() - begin);
    }

    private void pause(Duration time) {
      try {
        assertTrue(!never.await(time.toNanos(), TimeUnit.NANOSECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }

    private boolean someoneWaits() {
      return Thread.getAllStackTraces().values().stream()
          .flatMap(Arrays::stream)
          .anyMatch(
              frame ->
                  frame.getClassName().equals(Prefetcher.class.getName())
                      && frame.getMethodName().equals("awaitOldest"));
    }
  }

  private record Slow(DataSource source, Reader training, Reader testing) implements DataSource {
    @Override
    public Reader training(long seed) {
      return training;
    }

    @Override
    public Labels train() {
      return source.train();
    }

    @Override
    public Labels test() {
      return source.test();
    }

    @Override
    public List<String> classNames() {
      return source.classNames();
    }

    @Override
    public int channels() {
      return source.channels();
    }

    @Override
    public int height() {
      return source.height();
    }

    @Override
    public int width() {
      return source.width();
    }

    @Override
    public String fingerprint() {
      return source.fingerprint();
    }
  }

  private void shouldReportTheWait(Reader training, Reader testing, Job plain) {
    Job job = Job.over(plain.settings(), new Slow(plain.pictures(), training, testing));
    long begin = System.nanoTime();
    double waited =
        new Training(job, Optional.empty(), (Event event) -> {}, Interception.NONE)
            .train(false)
            .dataWaitSeconds();
    double passed = (System.nanoTime() - begin) * 1e-9;
    double held = heldNs.get() * 1e-9;
    assertTrue(held > 0, "no read was held up");
    assertTrue(held <= waited && waited <= passed, held + " <= " + waited + " <= " + passed);
  }

  @Test
  void shouldReportWaitsOfTraining() {
    Job plain = Job.open(SameBitsTest.settings("larch.devices=1"));
    Reader training = plain.pictures().training(plain.settings().seed());
    shouldReportTheWait(new SlowAtFirst(training), plain.pictures().testing(), plain);
  }

  @Test
  void shouldReportWaitsOfEvaluation() {
    Job plain = Job.open(SameBitsTest.settings("larch.devices=1"));
    Reader training = plain.pictures().training(plain.settings().seed());
    shouldReportTheWait(training, new SlowAtFirst(plain.pictures().testing()), plain);
  }
}
