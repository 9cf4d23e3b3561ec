package io.larch.cli;

import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The entry point of {@code java -jar larch.jar}. Sets what must be set before native code loads,
 * runs the command and ends the process with its exit code.
 */
public final class Main {
  private static final long PATIENCE_SECONDS = 60;

  private Main() {}

  public static void main(String[] args) {
    liftJavaCppLimits();
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT); // files and lines have ASCII digits
    CountDownLatch done = new CountDownLatch(1);
    Thread interrupter = interrupter(Thread.currentThread(), done);
    Runtime.getRuntime().addShutdownHook(interrupter);
    int exitCode = new Larch(Streams.system(), interrupter::isAlive).run(args);
    done.countDown();
    System.exit(exitCode);
  }

  /**
   * JavaCPP would count memory outside the heap against the heap's limit. Memory is planned and
   * counted by its owners here.
   */
  private static void liftJavaCppLimits() {
    for (String limit : new String[] {"maxbytes", "maxphysicalbytes"}) {
      String key = "org.bytedeco.javacpp." + limit;
      System.setProperty(key, System.getProperty(key, "0"));
    }
  }

  /** Started by SIGINT and SIGTERM: interrupts the command and lets it end by itself. */
  private static Thread interrupter(Thread command, CountDownLatch done) {
    return new Thread(
        () -> {
          if (done.getCount() > 0) {
            command.interrupt();
            waitFor(done);
          }
        },
        "interrupter");
  }

  private static void waitFor(CountDownLatch done) {
    try {
      if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("larch: not ended within " + PATIENCE_SECONDS + " s, giving up");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
