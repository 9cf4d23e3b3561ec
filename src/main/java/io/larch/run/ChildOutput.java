package io.larch.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a process that was started here prints. Reading a pipe can neither be interrupted nor given
 * up, so another thread does it.
 */
final class ChildOutput {
  private ChildOutput() {}

  /**
   * The next line; empty once it prints no more.
   *
   * @throws TimeoutException when there is neither within the limit; then nothing more may be read
   */
  static Optional<String> line(Process child, Duration limit)
      throws InterruptedException, TimeoutException {
    CompletableFuture<String> line = CompletableFuture.supplyAsync(() -> read(child));
    try {
      return Optional.ofNullable(line.get(limit.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String read(Process child) {
    try {
      return child.inputReader(StandardCharsets.UTF_8).readLine();
    } catch (IOException e) {
      return null; // what is broken off is no line
    }
  }
}
