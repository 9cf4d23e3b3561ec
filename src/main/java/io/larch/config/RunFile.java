package io.larch.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
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
  /** So large, in bytes of UTF-8, may a run be that is submitted. */
  public static final int LARGEST_BYTES = 1 << 16;

  private static final ConfigRenderOptions SENT =
      ConfigRenderOptions.defaults().setOriginComments(false).setComments(false).setJson(false);

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
    return checked(
        file.map(path -> "The run file " + path).orElse("The default run"),
        Layers.given(file, overrides));
  }

  /**
   * A run as it is sent to a cluster: file and options in one text that includes nothing. All but
   * the path of the data, which the nodes may know, is checked as {@link #load} does.
   */
  public static String submission(Path file, List<String> overrides) {
    Config given = Layers.given(Optional.of(file), overrides);
    checked("The run file " + file, new NodeData("of each node", "").over(given));
    return given.withOnlyPath("larch").root().render(SENT);
  }

  /**
   * The settings of a submitted run on a node, whose own devices and paths stand over the run's.
   *
   * @param hocon the text of a run file, of {@link #LARGEST_BYTES} at most
   */
  public static RunSettings submitted(String hocon, NodeSettings node) {
    try {
      return sent(hocon, node);
    } catch (StackOverflowError e) {
      throw new Refusal("The submitted run cannot be read: it is nested too deeply.", e);
    }
  }

  private static RunSettings sent(String hocon, NodeSettings node) {
    Config given = node.data().over(Layers.text(hocon, "submitted run"));
    String devices = node.devices() == 0 ? "auto" : String.valueOf(node.devices());
    return checked(
        "The submitted run",
        given.withValue(
            "larch.devices", ConfigValueFactory.fromAnyRef(devices, "the node's own devices")));
  }

  /** The settings of a run that was given without the defaults. */
  static RunSettings checked(String name, Config given) {
    Config defaults = NodeFile.runDefaults();
    UnknownKeys unknown =
        new UnknownKeys(defaults, given, NodeFile.defaults(), "the file of a node");
    Keys keys = new Keys(unknown.withoutMisplaced().withFallback(defaults));
    RunSettings run = new Settings(keys).run();
    List<String> problems = new ArrayList<>(unknown.problems());
    problems.addAll(keys.problems());
    refuse(name, problems);
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

  /** Refuses a file with its options if anything is wrong with it. */
  static void refuse(String name, List<String> problems) {
    if (problems.isEmpty()) {
      return;
    }
    String count = problems.size() == 1 ? "1 setting is" : problems.size() + " settings are";
    throw new Refusal(
        name
            + " with its options cannot be run, "
            + count
            + " wrong:\n  "
            + String.join("\n  ", problems));
  }
}
