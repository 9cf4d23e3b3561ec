package io.larch.run;

import java.io.BufferedReader;
import java.io.UncheckedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The process that started this one, at the other end of the standard input: it says lines, and
 * when it ends, however it does, the thread that listens is interrupted, whatever it is at.
 */
final class Parent {
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private Parent() {}

  /** Has the calling thread listen. */
  static Parent listen(BufferedReader in) {
    Parent parent = new Parent();
    Thread listener = Thread.currentThread();
    Thread reader = new Thread(() -> parent.read(in, listener), "larch-parent");
    reader.setDaemon(true);
    reader.start();
    return parent;
  }

  private void read(BufferedReader in, Thread listener) {
    try {
      in.lines().forEach(lines::add);
    } catch (UncheckedIOException e) {
      // The other end is gone: that is what was waited for.
    } finally {
      listener.interrupt();
    }
  }

  /** The next line that it says. */
  String line() throws InterruptedException {
    return lines.take();
  }
}
