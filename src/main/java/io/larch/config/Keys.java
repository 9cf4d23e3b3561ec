package io.larch.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.Predicate;

/**
 * Reads typed values under {@code larch} and collects what is wrong instead of stopping at the
 * first mistake; a wrong value reads as a harmless stand-in. Remembers every key that was asked
 * for.
 */
final class Keys {
  private static final String ROOT = "larch.";

  private final Config config;
  private final List<String> problems = new ArrayList<>();
  private final Set<String> read = new LinkedHashSet<>();

  /**
   * @param config the whole tree, defaults included
   */
  Keys(Config config) {
    this.config = config;
  }

  /** What is wrong, a sentence each. */
  List<String> problems() {
    return List.copyOf(problems);
  }

  /** The keys asked for so far, without the leading {@code larch.}. */
  Set<String> read() {
    return Set.copyOf(read);
  }

  /** Whether a value is given. */
  boolean has(String key) {
    read.add(key);
    return config.hasPath(ROOT + key);
  }

  String text(String key) {
    return value(key, config::getString).orElse("");
  }

  boolean flag(String key) {
    return value(key, config::getBoolean).orElse(false);
  }

  long whole(String key, LongPredicate valid, String demand) {
    return checked(key, value(key, this::wholeNumber), valid::test, demand).orElse(1L);
  }

  int count(String key, int least) {
    return (int)
        whole(
            key, n -> n >= least && n <= Integer.MAX_VALUE, "must be a whole number from " + least);
  }

  int bytes(String key, LongPredicate valid, String demand) {
    return checked(key, value(key, config::getBytes), valid::test, demand).orElse(0L).intValue();
  }

  double number(String key, DoublePredicate valid, String demand) {
    return checked(key, value(key, config::getDouble), valid::test, demand).orElse(0.0);
  }

  Duration duration(String key, Duration least, Duration most) {
    return checked(
            key,
            value(key, config::getDuration),
            d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0,
            "must be a time from " + least.toMillis() + " ms to " + most.toSeconds() + " s")
        .orElse(most);
  }

  /** A length of time of at least a millisecond. */
  Duration duration(String key) {
    return checked(
            key, value(key, config::getDuration), d -> d.toMillis() >= 1, "must be 1 ms or more")
        .orElse(Duration.ofSeconds(1));
  }

  /** {@code host:port} each. */
  List<HostAndPort> endpoints(String key) {
    List<HostAndPort> endpoints = new ArrayList<>();
    for (String text : texts(key)) {
      HostAndPort.of(text)
          .ifPresentOrElse(
              endpoints::add,
              () ->
                  problem(
                      key, "holds \"" + text + "\", which is not host:port, the port 1 to 65535"));
    }
    return endpoints;
  }

  /** A number that is neither negative nor infinite. */
  double amount(String key) {
    return number(key, x -> x >= 0 && x < Double.POSITIVE_INFINITY, "must be 0 or more");
  }

  <E extends Enum<E>> E choice(String key, Class<E> kind) {
    List<E> choices = List.of(kind.getEnumConstants());
    String given = word(key, choices.stream().map(Keys::spelled).toList());
    return choices.stream()
        .filter(choice -> spelled(choice).equals(given))
        .findFirst()
        .orElse(choices.get(0));
  }

  /** One of a few words. */
  String word(String key, List<String> words) {
    String demand = "must be one of " + String.join(", ", words);
    return checked(key, value(key, config::getString), words::contains, demand).orElse("");
  }

  ScheduleSettings.Length length(String key) {
    return parsed(key, text(key));
  }

  List<ScheduleSettings.Length> lengths(String key) {
    return texts(key).stream().map(text -> parsed(key, text)).toList();
  }

  List<String> texts(String key) {
    return value(key, config::getStringList).orElse(List.of());
  }

  List<Double> numbers(String key, int count, DoublePredicate valid, String demand) {
    Predicate<List<Double>> all =
        list -> list.size() == count && list.stream().allMatch(valid::test);
    return checked(key, value(key, config::getDoubleList), all, demand)
        .orElse(Collections.nCopies(count, 1.0));
  }

  /** One number or more. */
  List<Double> numbers(String key, DoublePredicate valid, String demand) {
    Predicate<List<Double>> all = list -> !list.isEmpty() && list.stream().allMatch(valid::test);
    return checked(key, value(key, config::getDoubleList), all, demand).orElse(List.of(1.0));
  }

  /** One whole number or more, each once. */
  List<Long> wholes(String key, LongPredicate valid, String demand) {
    Predicate<List<Long>> all = list -> !list.isEmpty() && list.stream().allMatch(valid::test);
    List<Long> numbers =
        checked(key, value(key, config::getLongList), all, demand).orElse(List.of());
    if (Set.copyOf(numbers).size() < numbers.size()) {
      problem(key, "must not hold a number twice");
    }
    return numbers;
  }

  boolean isList(String key) {
    return has(key) && config.getValue(ROOT + key).valueType() == ConfigValueType.LIST;
  }

  /** The keys below {@code key} other than those already read, for someone else to read. */
  Config rest(String key) {
    Config rest = config.getConfig(ROOT + key);
    for (String known : read) {
      if (known.startsWith(key + ".")) {
        rest = rest.withoutPath(known.substring(key.length() + 1));
      }
    }
    return rest;
  }

  /** A value as it stands in the tree. */
  ConfigValue value(String key) {
    return config.getValue(ROOT + key);
  }

  /** Names of what a group holds, sorted. */
  Set<String> names(String group) {
    return has(group) && value(group) instanceof ConfigObject held
        ? new TreeSet<>(held.keySet())
        : Set.of();
  }

  /** A name as part of a key. */
  static String quoted(String name) {
    return ConfigUtil.joinPath(name);
  }

  /** Notes that a value cannot stay as it is. */
  void problem(String key, String demand) {
    problems.add(shown(key) + " " + demand);
  }

  /** The same without showing the value. */
  void secretProblem(String key, String demand) {
    problems.add(ROOT + key + " " + demand);
  }

  /** A key with its value and where that stands. */
  String shown(String key) {
    if (!config.hasPath(ROOT + key)) {
      return ROOT + key;
    }
    ConfigValue value = config.getValue(ROOT + key);
    return ROOT + key + " = " + value.unwrapped() + " (" + place(value.origin()) + ")";
  }

  /** The spelling of a choice in a run file. */
  static String spelled(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** File and line, or the option, that a value comes from. */
  static String place(ConfigOrigin origin) {
    String description = origin.description();
    return description.startsWith("-D ")
        ? description.replaceFirst(": \\d+$", "")
        : description.replaceFirst(": (\\d+)$", ":$1");
  }

  private ScheduleSettings.Length parsed(String key, String text) {
    String[] words = text.trim().split("\\s+", 2);
    boolean steps = words.length == 2 && words[1].matches("steps?");
    boolean epochs = words.length == 1 || words[1].matches("epochs?");
    boolean number = words[0].matches("\\d+(\\.\\d*)?([eE][-+]?\\d+)?");
    if (!number || !(steps || epochs)) {
      if (!text.isEmpty()) {
        problem(key, "must be a length such as \"5 epochs\" or \"400 steps\"");
      }
      return ScheduleSettings.Length.epochs(0);
    }
    double value = Double.parseDouble(words[0]);
    return steps ? ScheduleSettings.Length.steps(value) : ScheduleSettings.Length.epochs(value);
  }

  private <T> Optional<T> value(String key, Function<String, T> reader) {
    if (!has(key)) {
      problems.add(ROOT + key + " must be given");
      return Optional.empty();
    }
    try {
      return Optional.of(reader.apply(ROOT + key));
    } catch (ConfigException.WrongType e) {
      problem(key, "has the wrong type: " + kinds(e));
    } catch (ConfigException.BadValue e) {
      problem(key, "cannot be read: " + e.getMessage());
    }
    return Optional.empty();
  }

  private long wholeNumber(String path) {
    Number number = config.getNumber(path);
    if (number.longValue() != number.doubleValue()) {
      throw new ConfigException.BadValue(path, "it is not a whole number");
    }
    return number.longValue();
  }

  private static String kinds(ConfigException e) {
    String message = e.getMessage();
    int has = message.indexOf(" has type ");
    return has < 0 ? message : "it" + message.substring(has);
  }

  private <T> Optional<T> checked(
      String key, Optional<T> value, Predicate<T> valid, String demand) {
    if (value.isPresent() && !valid.test(value.get())) {
      problem(key, demand);
      return Optional.empty();
    }
    return value;
  }
}
