package io.larch.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A recipe of a study.
 *
 * @param rates in ascending order
 * @param settings {@code larch.optimizer} and {@code larch.schedule}
 */
record Recipe(String name, List<Double> rates, Config settings) {
  private static final List<String> GROUPS = List.of("optimizer", "schedule");
  private static final List<String> KEYS = List.of("rates", "from", "to", "optimizer", "schedule");
  private static final String RECIPES = "study.recipe";

  /** Reads one and notes what is wrong with it; a run in which it is used shows the rest. */
  static Recipe read(Keys keys, String name, int budget) {
    Set<String> known = keys.names(RECIPES);
    if (!known.contains(name) || !name.matches("[\\w.-]+")) {
      keys.problem(
          "study.compare",
          "names a recipe %s that there is not.%s Recipes: %s"
              .formatted(name, Spelling.hint(name, known), String.join(", ", known)));
      return new Recipe(name, List.of(), ConfigFactory.empty());
    }
    String at = RECIPES + "." + Keys.quoted(name);
    for (String key : keys.names(at)) {
      if (!KEYS.contains(key)) {
        keys.problem(
            at + "." + key,
            "is not known;%s a recipe has %s"
                .formatted(Spelling.hint(key, KEYS), String.join(", ", KEYS)));
      }
    }
    if (keys.has(at + ".schedule.rate")) {
      keys.problem(at + ".schedule.rate", "is what a study sets; give rates, or from and to");
    }
    return new Recipe(name, rates(keys, at, budget), settings(keys, at));
  }

  private static List<Double> rates(Keys keys, String at, int budget) {
    if (!keys.has(at + ".rates")) {
      return grid(rate(keys, at + ".from"), rate(keys, at + ".to"), budget);
    }
    List<Double> rates = keys.numbers(at + ".rates", Recipe::isRate, "must be numbers more than 0");
    if (rates.size() != 1 && rates.size() != budget) {
      keys.problem(
          at + ".rates",
          "must be as many as %s, or one, which is then not searched for"
              .formatted(keys.shown("study.search.rates")));
    }
    return rates.stream().sorted().distinct().toList();
  }

  private static double rate(Keys keys, String key) {
    return keys.number(key, Recipe::isRate, "must be more than 0");
  }

  private static boolean isRate(double rate) {
    return rate > 0 && rate < Double.POSITIVE_INFINITY;
  }

  /** Rates with the same quotient between neighbours, to four significant digits. */
  static List<Double> grid(double from, double to, int count) {
    if (count == 1) {
      return List.of(from);
    }
    return IntStream.range(0, count)
        .mapToObj(i -> from * Math.pow(to / from, i / (count - 1.0)))
        .map(rate -> Double.valueOf(String.format(Locale.ROOT, "%.3e", rate)))
        .sorted()
        .toList();
  }

  private static Config settings(Keys keys, String at) {
    Config settings = ConfigFactory.empty();
    for (String group : GROUPS) {
      if (keys.has(at + "." + group)) {
        settings = settings.withValue("larch." + group, keys.value(at + "." + group));
      }
    }
    return settings;
  }

  /** A run with this recipe's optimizer and schedule. */
  Config over(Config run) {
    return settings.withFallback(run);
  }
}
