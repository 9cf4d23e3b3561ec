package io.larch.model;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.larch.config.ModelSettings;
import io.larch.config.Refusal;
import io.larch.config.Spelling;
import java.util.List;

/** The options that a network of ours reads from the run's settings; all others are refused. */
final class Options {
  private final Config given;

  private Options(Config given) {
    this.given = given;
  }

  /** The options given, each of which must be one that the network knows. */
  static Options of(ModelSettings settings, String... known) {
    List<String> names = List.of(known);
    for (String key : settings.options().root().keySet()) {
      if (!names.contains(key)) {
        throw new Refusal(
            "larch.model.%s: the network %s has no such option; it has %s.%s"
                .formatted(
                    key,
                    settings.name(),
                    names.isEmpty() ? "none" : String.join(", ", names),
                    Spelling.hint(key, names)));
      }
    }
    return new Options(settings.options());
  }

  boolean has(String key) {
    return given.hasPath(key);
  }

  double number(String key, double otherwise) {
    try {
      return has(key) ? given.getDouble(key) : otherwise;
    } catch (ConfigException.WrongType e) {
      throw wrong(key, "a number", e);
    }
  }

  int count(String key, int otherwise) {
    try {
      return has(key) ? given.getInt(key) : otherwise;
    } catch (ConfigException.WrongType e) {
      throw wrong(key, "a whole number", e);
    }
  }

  /** One of some words. */
  String word(String key, String otherwise, List<String> words) {
    String word = has(key) ? given.getValue(key).unwrapped().toString() : otherwise;
    if (!words.contains(word)) {
      throw new Refusal(
          "larch.model.%s: '%s' is none of %s.%s"
              .formatted(key, word, String.join(", ", words), Spelling.hint(word, words)));
    }
    return word;
  }

  private Refusal wrong(String key, String wanted, ConfigException cause) {
    String found = given.getValue(key).unwrapped().toString();
    return new Refusal(
        "larch.model.%s: must be %s, not '%s'.".formatted(key, wanted, found), cause);
  }
}
