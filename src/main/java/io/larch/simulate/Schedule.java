package io.larch.simulate;

import io.larch.coordinate.Leader;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * One simulated run: its size, the seed of every delay in it, and what goes wrong. The same
 * schedule gives the same run; {@link #toString} writes it so that {@link #parse} reads it.
 *
 * @param nodes there at the beginning
 * @param lanes a power of two, no fewer than all devices together
 * @param faults in order of time
 */
public record Schedule(long seed, int nodes, int lanes, int steps, List<Fault> faults) {
  private static final double LENGTH_SECONDS = 2.5;

  /** One more, all in one step, ends a run, as it should. */
  private static final int MOST_BREAKS = Leader.ATTEMPTS_WITHOUT_PROGRESS - 1;

  public Schedule {
    faults = faults.stream().sorted(Comparator.comparingDouble(Fault::at)).toList();
  }

  /** A schedule with up to so many faults, drawn from a seed, of which few are broken workers. */
  public static Schedule random(long seed, int nodes, int steps, int mostFaults) {
    Chance chance = new Chance(RandomStream.of(seed, Purpose.SIMULATION));
    List<Fault> faults = new ArrayList<>();
    int count = chance.below(mostFaults + 1);
    for (int i = 0; i < count; i++) {
      faults.add(fault(chance, nodes, i));
    }
    faults.removeAll(
        faults.stream().filter(Fault.Break.class::isInstance).skip(MOST_BREAKS).toList());
    int lanes = 2 * Integer.highestOneBit(Simulation.mostDevices(nodes) * (nodes + count));
    return new Schedule(seed, nodes, lanes, steps, faults);
  }

  private static Fault fault(Chance chance, int nodes, int number) {
    double at = chance.below(1000) * 1e-3 * LENGTH_SECONDS;
    double until = at + (1 + chance.below(1000)) * 1e-3 * LENGTH_SECONDS;
    String node = name(chance.below(nodes));
    return switch (chance.below(12)) {
      case 0, 1 -> new Fault.Crash(at, node);
      case 2, 3 -> new Fault.Join(at, name(nodes + number));
      case 4 -> new Fault.Leave(at, node);
      case 5 -> new Fault.Pause(at, until + chance.below(2) * 10 * LENGTH_SECONDS, node);
      case 6 -> new Fault.Slow(at, until, node, 2 + chance.below(20));
      case 7 -> new Fault.Break(at, node);
      case 8 -> new Fault.Forget(at, node);
      case 9 ->
          new Fault.Partition(
              at, until + chance.below(2) * 10 * LENGTH_SECONDS, side(chance, nodes));
      case 10 -> new Fault.CrashFeeder(at);
      default -> new Fault.Storm(at, until, 0.3 * (1 + chance.below(100)) * 1e-2);
    };
  }

  private static Set<String> side(Chance chance, int nodes) {
    Set<String> side = new TreeSet<>();
    int count = 1 + chance.below(nodes);
    for (int i = 0; i < count; i++) {
      side.add(name(chance.below(nodes)));
    }
    return side;
  }

  /** Names sort as numbers do. */
  static String name(int node) {
    return String.format(Locale.ROOT, "n%05d", node);
  }

  /** The same without one of its faults. */
  Schedule without(Fault fault) {
    List<Fault> others = faults.stream().filter(each -> !each.equals(fault)).toList();
    return new Schedule(seed, nodes, lanes, steps, others);
  }

  @Override
  public String toString() {
    String head = "run seed=%d nodes=%d lanes=%d steps=%d".formatted(seed, nodes, lanes, steps);
    return faults.stream().map(Schedule::line).collect(Collectors.joining("\n", head + "\n", "\n"));
  }

  private static String line(Fault fault) {
    if (fault instanceof Fault.Crash f) {
      return "crash %s %s".formatted(f.at(), f.node());
    } else if (fault instanceof Fault.CrashFeeder f) {
      return "crash-feeder %s".formatted(f.at());
    } else if (fault instanceof Fault.Join f) {
      return "join %s %s".formatted(f.at(), f.node());
    } else if (fault instanceof Fault.Leave f) {
      return "leave %s %s".formatted(f.at(), f.node());
    } else if (fault instanceof Fault.Pause f) {
      return "pause %s %s %s".formatted(f.at(), f.until(), f.node());
    } else if (fault instanceof Fault.Slow f) {
      return "slow %s %s %s %d".formatted(f.at(), f.until(), f.node(), f.factor());
    } else if (fault instanceof Fault.Break f) {
      return "break %s %s".formatted(f.at(), f.node());
    } else if (fault instanceof Fault.Forget f) {
      return "forget %s %s".formatted(f.at(), f.node());
    } else if (fault instanceof Fault.Partition f) {
      String nodes = String.join(",", new TreeSet<>(f.nodes()));
      return "partition %s %s %s".formatted(f.at(), f.until(), nodes);
    } else if (fault instanceof Fault.Storm f) {
      return "storm %s %s %s".formatted(f.at(), f.until(), f.probability());
    }
    throw new IllegalStateException("a fault without a line: " + fault);
  }

  /**
   * Reads what {@link #toString} has written.
   *
   * @throws IllegalArgumentException if a line says something else
   */
  public static Schedule parse(String text) {
    List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
    String[] head = lines.get(0).split("[ =]+");
    if (head.length != 9 || !head[0].equals("run")) {
      throw new IllegalArgumentException("no head of a schedule: " + lines.get(0));
    }
    return new Schedule(
        Long.parseLong(head[2]),
        Integer.parseInt(head[4]),
        Integer.parseInt(head[6]),
        Integer.parseInt(head[8]),
        lines.stream().skip(1).map(line -> fault(line, line.split(" "))).toList());
  }

  private static Fault fault(String line, String[] words) {
    double at = Double.parseDouble(words[1]);
    return switch (words[0]) {
      case "crash" -> new Fault.Crash(at, words[2]);
      case "crash-feeder" -> new Fault.CrashFeeder(at);
      case "join" -> new Fault.Join(at, words[2]);
      case "leave" -> new Fault.Leave(at, words[2]);
      case "pause" -> new Fault.Pause(at, Double.parseDouble(words[2]), words[3]);
      case "slow" ->
          new Fault.Slow(at, Double.parseDouble(words[2]), words[3], Integer.parseInt(words[4]));
      case "break" -> new Fault.Break(at, words[2]);
      case "forget" -> new Fault.Forget(at, words[2]);
      case "partition" ->
          new Fault.Partition(at, Double.parseDouble(words[2]), Set.of(words[3].split(",")));
      case "storm" ->
          new Fault.Storm(at, Double.parseDouble(words[2]), Double.parseDouble(words[3]));
      default -> throw new IllegalArgumentException("no fault: " + line);
    };
  }
}
