package io.larch.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;

/**
 * Where a node finds the data of submitted runs.
 *
 * @param path stands in place of a run's own path; empty to leave that
 * @param root folder against which a run's relative path is resolved; empty for the working
 *     directory
 */
public record NodeData(String path, String root) {
  private static final String KEY = "larch.data.path";

  /** The run as this node reads it. */
  Config over(Config run) {
    String given = run.hasPath(KEY) ? run.getString(KEY) : "";
    String here = path.isEmpty() ? Path.of(root).resolve(given).toString() : path;
    return given.isEmpty() && path.isEmpty() ? run : run.withValue(KEY, value(here));
  }

  private static ConfigValue value(String here) {
    return ConfigValueFactory.fromAnyRef(here, "the node's own data.path or data.root");
  }
}
