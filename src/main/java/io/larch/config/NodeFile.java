package io.larch.config;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A node file: HOCON under {@code larch} like a run file and as strict, but with the keys that
 * belong to a node. Environment variables may stand in it as {@code ${NAME}}. The tree {@code akka}
 * may stand beside and is left to Akka.
 */
public final class NodeFile {
  /** Keys of {@code reference.conf} that only a node's file may have. */
  private static final List<String> OWN =
      List.of("cluster", "http", "data.root", "out", "stall-limit");

  /** Keys that a run for this machine alone has too. */
  private static final List<String> SHARED = List.of("devices", "data.path");

  private NodeFile() {}

  /**
   * The settings of a node.
   *
   * @param file the node file; without one a node alone on this machine
   * @param overrides {@code key=value}, later ones win; the leading {@code larch.} may be left out
   * @throws Refusal naming each mistake with its key, its place and, where one is near, the right
   *     spelling
   */
  public static NodeSettings load(Optional<Path> file, List<String> overrides) {
    Config given = Layers.node(file, overrides);
    UnknownKeys unknown = new UnknownKeys(defaults(), given, runDefaults(), "a run file");
    Keys keys = new Keys(unknown.withoutMisplaced().withFallback(defaults()));
    NodeSettings node = new NodeReader(keys).node(given.withOnlyPath("akka"));
    List<String> problems = new ArrayList<>(unknown.problems());
    problems.addAll(keys.problems());
    RunFile.refuse(file.map(path -> "The node file " + path).orElse("The default node"), problems);
    return node;
  }

  /** Defaults of the keys that a node file may have. */
  static Config defaults() {
    Config defaults = Layers.defaults();
    for (String key : UnknownKeys.of(runDefaults())) {
      defaults = SHARED.contains(key) ? defaults : defaults.withoutPath("larch." + key);
    }
    return defaults;
  }

  /** Defaults of the keys that a run file may have. */
  static Config runDefaults() {
    Config defaults = Layers.defaults();
    for (String key : OWN) {
      defaults = defaults.withoutPath("larch." + key);
    }
    return defaults;
  }
}
