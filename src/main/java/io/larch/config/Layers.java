package io.larch.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The layers of a run's configuration, each over the one before: defaults, run file, options. */
final class Layers {
  private static final String BATCH = "larch.global-batch";
  private static final String MICRO_BATCHES = "larch.micro-batches-per-lane";
  private static final String MODEL = "larch.model";
  private static final String SMOOTHING = MODEL + ".label-smoothing";
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{|\\+=");
  private static final Pattern PLAIN = Pattern.compile("[\\w.+-]+");

  private Layers() {}

  /** The documented defaults, Akka's included. */
  static Config defaults() {
    return ConfigFactory.defaultReference();
  }

  /** Run file and options without the defaults. */
  static Config given(Optional<Path> file, List<String> overrides) {
    return over(file.map(path -> file(path, "run file")).orElseGet(Layers::defaultRun), overrides);
  }

  /** Study file and options without the defaults. */
  static Config study(Path file, List<String> overrides) {
    return over(file(file, "study file"), overrides);
  }

  /** Node file and options without the defaults. */
  static Config node(Optional<Path> file, List<String> overrides) {
    return over(
        file.map(path -> file(path, "node file"))
            .orElseGet(() -> ConfigFactory.parseString("larch {}")),
        overrides);
  }

  /**
   * A run file that came as text. Whoever sent it may mean harm: it takes nothing from this
   * machine, refers to nothing, since what refers to itself can grow without end, and is short,
   * since keys that are given again and again take a time that grows with their square.
   */
  static Config text(String hocon, String origin) {
    int bytes = hocon.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > RunFile.LARGEST_BYTES) {
      throw new Refusal(
          "The %s cannot be read: it has %d bytes, and at most %d are read."
              .formatted(origin, bytes, RunFile.LARGEST_BYTES));
    }
    if (REFERENCE.matcher(hocon).find()) {
      throw new Refusal(
          "The "
              + origin
              + " cannot be read: it holds ${ or +=. A run that is sent refers to nothing; larch submit puts values in the place of references.");
    }
    try {
      return modelAsObject(ConfigFactory.parseString(hocon, sealed(origin)));
    } catch (ConfigException e) {
      throw new Refusal("The " + origin + " cannot be read as HOCON: " + e.getMessage(), e);
    }
  }

  private static Config over(Config lowest, List<String> overrides) {
    Config given = lowest;
    for (String override : overrides) {
      given = over(option(override), given);
    }
    return given;
  }

  private static Config defaultRun() {
    return modelAsObject(ConfigFactory.parseResources(Layers.class, "/default-run.conf").resolve());
  }

  private static Config file(Path file, String kind) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new Refusal(
          "The "
              + kind
              + " "
              + file
              + " is no readable file; give the path of a file such as those in cluster-configs.");
    }
    try {
      return modelAsObject(ConfigFactory.parseFile(file.toAbsolutePath().toFile()).resolve());
    } catch (ConfigException e) {
      throw new Refusal(
          "The " + kind + " " + file + " cannot be read as HOCON: " + e.getMessage(), e);
    }
  }

  /** {@code key=value}; a key that begins with neither larch nor akka stands under larch. */
  private static Config option(String override) {
    int equals = override.indexOf('=');
    if (equals <= 0) {
      throw new Refusal("The option -D " + override + " has no value; write it as -D key=value.");
    }
    String key = override.substring(0, equals).trim();
    String path = key.startsWith("larch.") || key.startsWith("akka.") ? key : "larch." + key;
    String value = override.substring(equals + 1).trim();
    try {
      return modelAsObject(parsed(path, value, "-D " + override));
    } catch (ConfigException e) {
      throw new Refusal("The option -D " + override + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Words, numbers, lists and objects are HOCON; anything else, such as a path, is plain text. */
  private static Config parsed(String path, String value, String origin) {
    if (PLAIN.matcher(value).matches() || value.matches("(?s)[\\[{\"].*")) {
      return ConfigFactory.parseString(path + " = " + value, named(origin)).resolve();
    }
    return ConfigFactory.empty().withValue(path, ConfigValueFactory.fromAnyRef(value, origin));
  }

  /**
   * A later layer wins. Where it chooses anew between alternatives, the earlier choice goes:
   * another model drops the first one's options, though not what belongs to the loss, and the two
   * ways to give the batch replace each other.
   */
  private static Config over(Config upper, Config lower) {
    Config base = lower;
    if (upper.hasPath(BATCH)) {
      base = base.withoutPath(MICRO_BATCHES);
    }
    if (upper.hasPath(MICRO_BATCHES)) {
      base = base.withoutPath(BATCH);
    }
    if (upper.hasPath(MODEL + ".name") && !sameModel(upper, lower)) {
      base = withoutOptions(base);
    }
    return upper.withFallback(base);
  }

  private static Config withoutOptions(Config run) {
    Config without = run.withoutPath(MODEL);
    return run.hasPath(SMOOTHING) ? without.withValue(SMOOTHING, run.getValue(SMOOTHING)) : without;
  }

  private static boolean sameModel(Config upper, Config lower) {
    String name = MODEL + ".name";
    return lower.hasPath(name) && lower.getValue(name).equals(upper.getValue(name));
  }

  /** Writes the short form as the long one; a fresh object, so that defaults still fill it up. */
  private static Config modelAsObject(Config layer) {
    if (!layer.hasPath(MODEL)) {
      return layer;
    }
    ConfigValue model = layer.getValue(MODEL);
    Map<String, ConfigValue> entries = model instanceof ConfigObject o ? o : Map.of("name", model);
    Config result = layer.withoutPath(MODEL);
    for (Map.Entry<String, ConfigValue> entry : entries.entrySet()) {
      result =
          result.withValue(MODEL + "." + ConfigUtil.joinPath(entry.getKey()), entry.getValue());
    }
    return result;
  }

  /** Neither files nor the environment of this machine get into what others sent. */
  private static ConfigParseOptions sealed(String origin) {
    return named(origin).setIncluder(new NoIncludes());
  }

  private static ConfigParseOptions named(String origin) {
    return ConfigParseOptions.defaults().setOriginDescription(origin);
  }
}
