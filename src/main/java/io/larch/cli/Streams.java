package io.larch.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a command's words go.
 *
 * @param terminal whether a person is watching
 * @param color whether that person wants colours
 */
record Streams(PrintStream out, PrintStream err, boolean terminal, boolean color) {
  /** Those of the process, in UTF-8; the environment variable NO_COLOR is heeded. */
  static Streams system() {
    String noColor = System.getenv("NO_COLOR");
    return new Streams(
        utf8(FileDescriptor.out),
        utf8(FileDescriptor.err),
        isTerminal(),
        noColor == null || noColor.isEmpty());
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** From Java 22 on a console may exist without a terminal, and has a method to tell. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null || "dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }
}
