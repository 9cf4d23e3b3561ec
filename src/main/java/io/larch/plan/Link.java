package io.larch.plan;

import io.larch.config.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A network between nodes: a message of n bytes takes {@code latency} + n · {@code secondsPerByte},
 * and each node sends and receives at that rate at the same time (the α–β model).
 *
 * @param latency seconds from the last byte sent to the last byte received, α
 * @param secondsPerByte β
 */
public record Link(String name, double latency, double secondsPerByte) {
  private static final Map<String, Link> PRESETS = new TreeMap<>();

  static {
    for (Link link :
        List.of(
            new Link("fdr", 0.7e-6, 0.2e-9),
            new Link("qdr", 1.2e-6, 0.3e-9),
            new Link("ne020", 7.2e-6, 0.9e-9),
            ethernet("1gbe", 1),
            ethernet("10gbe", 10),
            ethernet("25gbe", 25),
            ethernet("100gbe", 100))) {
      PRESETS.put(link.name, link);
    }
  }

  public Link {
    if (!(latency >= 0 && secondsPerByte > 0)) {
      throw new Refusal(
          "A network needs a latency of at least 0 s and a positive time a byte, not %s s and %s s."
              .formatted(latency, secondsPerByte));
    }
  }

  /**
   * Switched Ethernet with UDP through the kernel: 25 µs from program to program, and 5 % of the
   * line's rate for headers and gaps.
   */
  private static Link ethernet(String name, double gigabits) {
    return new Link(name, 25e-6, 8e-9 / (0.95 * gigabits));
  }

  /**
   * Reads the name of a preset or {@code SECONDS,SECONDS_PER_BYTE}. {@code fdr}, {@code qdr} and
   * {@code ne020} are the paper's table of networks (Mellanox FDR and Intel QDR InfiniBand, Intel
   * NetEffect NE020 10 Gb/s Ethernet).
   */
  public static Link parse(String text) {
    Link preset = PRESETS.get(text);
    if (preset != null) {
      return preset;
    }
    String[] values = text.split(",", -1);
    try {
      return new Link(text, Double.parseDouble(values[0]), Double.parseDouble(values[1]));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new Refusal(
          "'%s' is no network: name one of %s, or give seconds of latency and seconds a byte, such as 25e-6,0.8e-9."
              .formatted(text, String.join(", ", names())));
    }
  }

  /** Names of the presets. */
  public static List<String> names() {
    return new ArrayList<>(PRESETS.keySet());
  }
}
