package io.larch.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds keys under {@code larch} that {@code reference.conf} does not have, and misplaced ones. */
final class UnknownKeys {
  private static final String ROOT = "larch";
  private static final String OPEN = "model";

  private final Set<String> known = new LinkedHashSet<>();
  private final Set<String> suggestions = new LinkedHashSet<>();
  private final Set<String> groups = new LinkedHashSet<>(Set.of(ROOT));
  private final Config given;
  private final Set<String> elsewhere;
  private final String owner;
  private final List<String> problems = new ArrayList<>();

  /**
   * @param defaults with every key that may be given
   * @param other with the keys of another kind of file
   * @param owner what that other file is called
   */
  UnknownKeys(Config defaults, Config given, Config other, String owner) {
    this.given = given;
    this.owner = owner;
    collect("", defaults.getObject(ROOT));
    elsewhere = other.isEmpty() ? Set.of() : all(other);
  }

  private static Set<String> all(Config config) {
    return new UnknownKeys(config, config, ConfigFactory.empty(), "").suggestions;
  }

  /** A sentence for each unknown key, with its place and the nearest known one. */
  List<String> problems() {
    outside();
    ConfigValue root = given.root().get(ROOT);
    if (root instanceof ConfigObject tree) {
      visit("", tree);
    } else {
      problems.add("nothing stands under larch; a file is written as larch { … }");
    }
    return problems;
  }

  /** What was given, without single values that stand where a group must. */
  Config withoutMisplaced() {
    Config kept = given;
    for (String key : groups) {
      if (kept.hasPath(key) && !(kept.getValue(key) instanceof ConfigObject)) {
        kept = kept.withoutPath(key);
      }
    }
    return kept;
  }

  /** Keys with their place in the tree, without the leading {@code larch.}. */
  static Set<String> of(Config config) {
    return new UnknownKeys(config, config, ConfigFactory.empty(), "").known;
  }

  private void outside() {
    given
        .root()
        .forEach(
            (key, value) -> {
              if (known.contains(key)
                  || known.stream().anyMatch(path -> path.startsWith(key + "."))) {
                report(key, value, "belongs under larch: write larch." + key);
              } else if (!key.equals(ROOT) && Spelling.edits(key, ROOT) <= 2) {
                report(key, value, "is not known; did you mean larch?");
              }
            });
  }

  private void visit(String path, ConfigObject tree) {
    tree.forEach(
        (key, value) -> {
          String place =
              path.isEmpty() ? ConfigUtil.joinPath(key) : path + "." + ConfigUtil.joinPath(key);
          boolean group = groups.contains(ROOT + "." + place);
          if (group && value instanceof ConfigObject below) {
            visit(place, below);
          } else if (group) {
            report(
                "larch." + place,
                value,
                "holds a single value; it is a group, such as larch." + example(place));
          } else if (!known.contains(place) && !path.equals(OPEN)) {
            unknown(place, value);
          }
        });
  }

  private String example(String group) {
    return known.stream().filter(one -> one.startsWith(group + ".")).findFirst().orElseThrow();
  }

  private void unknown(String place, ConfigValue value) {
    if (elsewhere.contains(place)) {
      report("larch." + place, value, "belongs in " + owner);
      return;
    }
    String hint =
        Spelling.nearest(place, suggestions)
            .map(near -> "did you mean larch." + near + "?")
            .orElse("reference.conf lists all keys");
    report("larch." + place, value, "is not known; " + hint);
  }

  private void report(String key, ConfigValue value, String what) {
    problems.add(key + " (" + Keys.place(value.origin()) + ") " + what);
  }

  private void collect(String path, ConfigObject tree) {
    tree.forEach(
        (key, value) -> {
          String place = path.isEmpty() ? key : path + "." + key;
          suggestions.add(place);
          if (value instanceof ConfigObject below) {
            groups.add(ROOT + "." + place);
            collect(place, below);
          } else {
            known.add(place);
          }
        });
  }
}
