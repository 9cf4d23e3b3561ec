package io.larch.config;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run file: HOCON under {@code larch}, over the defaults of {@code reference.conf}, under the
 * {@code -D key=value} options. The tree {@code larch} is strict: every key must be known and every
 * value right, or the run is refused with all mistakes at once. Other trees, such as {@code akka},
 * are left to those whose they are.
 */
public final class RunFile {
  private RunFile() {}

  /**
   * The settings of a run.
   *
   * @param file the run file; without one the embedded default run
   * @param overrides {@code key=value}, later ones win; the leading {@code larch.} may be left out
   * @throws Refusal naming each mistake with its key, its place and, where one is near, the right
   *     spelling
   */
  public static RunSettings load(Optional<Path> file, List<String> overrides) {
    Config given = Layers.given(file, overrides);
    Config defaults = Layers.defaults();
    UnknownKeys unknown = new UnknownKeys(defaults, given);
    Keys keys = new Keys(unknown.withoutMisplaced().withFallback(defaults));
    RunSettings run = new Settings(keys).run();
    List<String> problems = new ArrayList<>(unknown.problems());
    problems.addAll(keys.problems());
    if (!problems.isEmpty()) {
      throw refusal(file, problems);
    }
    return run;
  }

  /** The whole configuration that {@link #load} reads, for those who own another tree of it. */
  public static Config config(Optional<Path> file, List<String> overrides) {
    return Layers.given(file, overrides).withFallback(Layers.defaults());
  }

  /**
   * HOCON that loads to an equal run, a key a line; the part about this node's place in a cluster
   * is left out.
   */
  public static String render(RunSettings run) {
    StringBuilder text = new StringBuilder("larch {\n");
    RunText.of(run).forEach((key, value) -> text.append("  " + key + " = " + value + "\n"));
    return text.append("}\n").toString();
  }

  private static Refusal refusal(Optional<Path> file, List<String> problems) {
    String name = file.map(path -> "The run file " + path).orElse("The default run");
    String count = problems.size() == 1 ? "1 setting is" : problems.size() + " settings are";
    return new Refusal(
        name
            + " with its options cannot be run, "
            + count
            + " wrong:\n  "
            + String.join("\n  ", problems));
  }
}
