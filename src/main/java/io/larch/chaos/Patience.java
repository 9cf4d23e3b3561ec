package io.larch.chaos;

import io.larch.run.Failure;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** How long whatever is waited for may take. */
record Patience(Duration limit) {
  private static final Duration LOOK = Duration.ofMillis(50);

  /**
   * Waits for something.
   *
   * @throws Failure that says what did not come
   */
  void await(BooleanSupplier condition, Supplier<String> what) {
    awaitAnswer(once(condition), what);
  }

  /** The same for something that is needed once it is there. */
  <T> T awaitAnswer(Supplier<Optional<T>> question, Supplier<String> what) {
    return answer(question)
        .orElseThrow(
            () ->
                new Failure(
                    Failure.Kind.FAILED,
                    "Within %d s it did not come to this: %s."
                        .formatted(limit.toSeconds(), what.get()),
                    null));
  }

  /** Waits for something and says whether it has come. */
  boolean comes(BooleanSupplier condition) {
    return answer(once(condition)).isPresent();
  }

  private static Supplier<Optional<Boolean>> once(BooleanSupplier condition) {
    return () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty();
  }

  private <T> Optional<T> answer(Supplier<Optional<T>> question) {
    long began = System.nanoTime();
    Optional<T> answer = question.get();
    while (answer.isEmpty() && System.nanoTime() - began < limit.toNanos()) {
      pause(LOOK);
      answer = question.get();
    }
    return answer;
  }

  static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  static Failure interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new Failure(Failure.Kind.FAILED, "Interrupted.", e);
  }

  /** Tidies up even where the thread has been told to end, as it is told again afterwards. */
  static void inAnyCase(Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
