package io.larch.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Lines that arrive, for one reader who waits for each no longer than it wants. */
final class LineQueue implements Flow.Subscriber<String> {
  private final LinkedBlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

  /**
   * The next line; empty at the end.
   *
   * @throws TimeoutException when there is neither within the limit
   */
  Optional<String> next(Duration limit) throws InterruptedException, TimeoutException {
    Optional<String> line = lines.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (line == null) {
      throw new TimeoutException();
    }
    return line;
  }

  /** Nothing more will arrive. */
  void end() {
    lines.add(Optional.empty());
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(String line) {
    lines.add(Optional.of(line));
  }

  /** The answer's own end follows. */
  @Override
  public void onError(Throwable error) {}

  /** The answer's own end follows. */
  @Override
  public void onComplete() {}
}
