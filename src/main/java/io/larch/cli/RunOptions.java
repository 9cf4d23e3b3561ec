package io.larch.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Settings given on the command line, over those of a run file. */
final class RunOptions {
  @Option(
      names = "-D",
      paramLabel = "key=value",
      description = "A setting over those of the run file; a later one wins.")
  private List<String> overrides = new ArrayList<>();

  /** All of them, in order. */
  List<String> overrides() {
    return List.copyOf(overrides);
  }
}
