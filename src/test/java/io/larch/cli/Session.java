package io.larch.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One command line run in this JVM, with what it printed and how it ended. */
record Session(int exitCode, String out, String err) {
  static Session of(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        new Larch(new Streams(printer(out), printer(err), false, false), () -> false).run(args);
    return new Session(exitCode, text(out), text(err));
  }

  List<String> lines() {
    return out.lines().toList();
  }

  String lastLine() {
    return lines().get(lines().size() - 1);
  }

  private static PrintStream printer(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
