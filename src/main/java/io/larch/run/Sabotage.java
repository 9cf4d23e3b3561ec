package io.larch.run;

import io.larch.config.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.Locale;

/** What a process does to itself on purpose, when it is only for trials. */
final class Sabotage {
  private static final int KILLED = 137;
  private static final int TERMINATED = 143;

  private Sabotage() {}

  /** Ends it at once, as SIGKILL does, with that signal's exit code. */
  static void kill() {
    Runtime.getRuntime().halt(KILLED);
  }

  /** Ends it as SIGTERM does, with that signal's exit code. */
  static void terminate() {
    new Thread(() -> System.exit(TERMINATED), "larch-terminate").start();
  }

  /**
   * Stops it in a second, when it has answered, by SIGSTOP, and has it go on after a time.
   *
   * @throws Refusal if it is the first process of a container, which takes no such signal
   */
  static void stop(Duration time) {
    long self = ProcessHandle.current().pid();
    if (self == 1) {
      throw new Refusal(
          "This node is the first process of its container, which cannot be stopped from inside; start it under an init process, as docker run --init does.");
    }
    String script =
        String.format(
            Locale.ROOT,
            "sleep 1; kill -STOP %d; sleep %d; kill -CONT %d",
            self,
            time.toSeconds(),
            self);
    try {
      new ProcessBuilder("sh", "-c", script)
          .redirectOutput(Redirect.DISCARD)
          .redirectError(Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException("This node cannot stop itself", e);
    }
  }
}
