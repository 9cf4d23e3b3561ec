package io.larch.observe;

import java.io.PrintStream;

/**
 * Writes one JSON object a line, as {@link Json} says; what a run tells of its layers is for its
 * folder ({@link EventFile}).
 */
public final class JsonLines implements Event.Listener {
  private final PrintStream out;

  public JsonLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public void on(Event event) {
    if (!(event instanceof Event.Layers)) {
      print(Json.write(event));
    }
  }

  /** A line of another kind: a record, or values that are named in snake case already. */
  public void print(String event, Object values) {
    print(Json.line(event, values));
  }

  private void print(String line) {
    out.println(line);
    out.flush();
  }
}
