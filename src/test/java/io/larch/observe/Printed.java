package io.larch.observe;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A stream whose lines can be asked for. */
final class Printed {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  PrintStream stream() {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  List<String> lines() {
    return text().lines().toList();
  }

  String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
