package io.larch.cli;

import io.larch.observe.Event;
import io.larch.observe.JsonLines;
import io.larch.observe.PlainProgress;
import io.larch.observe.TerminalProgress;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** How a command answers: in words, or with {@code --json} in one JSON object a line. */
final class Output {
  static final int RED = 31;
  static final int GREEN = 32;
  static final int YELLOW = 33;

  private final Streams streams;

  @Option(names = "--json", description = "Print one JSON object a line and nothing else.")
  private boolean json;

  Output(Streams streams) {
    this.streams = streams;
  }

  /** What a command does while someone listens. */
  interface Work {
    void run(Event.Listener listener);
  }

  /** Tells the events of a run, the result among them, as they happen. */
  void follow(Work work) {
    if (json) {
      work.run(new JsonLines(streams.out()));
    } else if (streams.terminal()) {
      try (TerminalProgress progress = new TerminalProgress(streams.out(), streams.color())) {
        work.run(progress);
      }
    } else {
      work.run(new PlainProgress(streams.out(), System::nanoTime));
    }
  }

  /** A word in a colour, padded to seven places, where a person wants colours. */
  String colored(String word, int color) {
    String padded = "%-7s".formatted(word);
    return streams.terminal() && streams.color()
        ? "\033[" + color + "m" + padded + "\033[0m"
        : padded;
  }

  /** A line for people. */
  void say(String line) {
    if (!json) {
      streams.out().println(line);
    }
  }

  /** A row of a table: for people a line, else an object of that kind, of a map or a record. */
  void row(String kind, Object values, Supplier<String> line) {
    if (json) {
      new JsonLines(streams.out()).print(kind, values);
    } else {
      streams.out().println(line.get());
    }
  }

  /** The last line for programs, of a map or a record. */
  void result(Object values) {
    if (json) {
      new JsonLines(streams.out()).print("result", values);
    }
  }

  /** Something to heed that does not end the command. */
  void warn(String text) {
    if (json) {
      new JsonLines(streams.out()).on(new Event.Warning(text));
    } else {
      streams.err().println("larch: warning: " + text);
    }
  }
}
