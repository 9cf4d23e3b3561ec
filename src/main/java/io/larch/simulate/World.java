package io.larch.simulate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Time and the ways between processes. Messages between actors may be late, out of order, and in a
 * storm lost or doubled. A stream keeps its order and loses nothing; what it carries waits while
 * its ends are parted or the receiver is not scheduled, and is gone when one of them is dead.
 */
final class World {
  private static final long LEAST_DELAY_NS = 50_000;
  private static final long MOST_DELAY_NS = 20_000_000;
  private static final double STALL_PROBABILITY = 0.002;
  private static final long STALL_NS = 1_000_000_000;
  private static final long LEAST_WORK_NS = 1_000;
  private static final long MOST_WORK_NS = 2_000_000;

  /** Something that lives, is paused, and dies. */
  static class Mortal {
    final String name;
    private boolean alive = true;
    private long pausedUntilNs;

    Mortal(String name) {
      this.name = name;
    }

    boolean isAlive() {
      return alive;
    }

    void die() {
      alive = false;
    }

    /** A shorter pause does not end a longer one. */
    void pauseUntil(long ns) {
      pausedUntilNs = Math.max(pausedUntilNs, ns);
    }
  }

  private record Partition(long untilNs, Set<String> nodes) {
    boolean parts(String one, String other) {
      return nodes.contains(one) != nodes.contains(other);
    }
  }

  private record Way(Mortal from, Mortal to, Object kind) {}

  /** Frames on their way, in order. */
  private static final class Stream {
    private final Deque<Runnable> frames = new ArrayDeque<>();
    private long lastNs;
  }

  final VirtualTime time = new VirtualTime();
  final Chance chance;
  private final List<Partition> partitions = new ArrayList<>();
  private final Map<Way, Stream> streams = new HashMap<>();
  private double storm;

  World(Chance chance) {
    this.chance = chance;
  }

  void part(Set<String> nodes, long untilNs) {
    partitions.add(new Partition(untilNs, nodes));
  }

  void storm(double probability) {
    storm = probability;
  }

  /** Does something in a process after some work; it is not done if the process is dead by then. */
  void work(Mortal in, Runnable action) {
    work(in, chance.between(LEAST_WORK_NS, MOST_WORK_NS), action);
  }

  void work(Mortal in, long ns, Runnable action) {
    time.after(ns, () -> whenScheduled(in, action));
  }

  private void whenScheduled(Mortal in, Runnable action) {
    if (in.pausedUntilNs > time.nowNs()) {
      time.at(in.pausedUntilNs, () -> whenScheduled(in, action));
    } else if (in.alive) {
      action.run();
    }
  }

  /** A message between actors. */
  void tell(Mortal from, Mortal to, Runnable handle) {
    int copies = chance.happens(storm) ? 2 * chance.below(2) : 1;
    for (int i = 0; i < copies; i++) {
      time.after(delay(), () -> arrive(from, to, handle));
    }
  }

  private long delay() {
    return chance.between(LEAST_DELAY_NS, MOST_DELAY_NS);
  }

  private void arrive(Mortal from, Mortal to, Runnable handle) {
    long parted = partedUntil(from, to);
    if (parted > time.nowNs()) {
      if (chance.happens(0.5)) {
        time.at(parted, () -> arrive(from, to, handle));
      }
    } else {
      whenScheduled(to, handle);
    }
  }

  private long partedUntil(Mortal one, Mortal other) {
    return partitions.stream()
        .filter(partition -> partition.parts(one.name, other.name))
        .mapToLong(Partition::untilNs)
        .max()
        .orElse(0);
  }

  /** A frame on the stream of a kind. */
  void send(Mortal from, Mortal to, Object kind, Runnable handle) {
    Way way = new Way(from, to, kind);
    Stream stream = streams.computeIfAbsent(way, first -> new Stream());
    long stall = chance.happens(STALL_PROBABILITY) ? chance.between(MOST_DELAY_NS, STALL_NS) : 0;
    stream.frames.add(handle);
    stream.lastNs = Math.max(stream.lastNs, time.nowNs() + delay() + stall);
    time.at(stream.lastNs, () -> handOver(way));
  }

  private void handOver(Way way) {
    long parted = Math.max(partedUntil(way.from, way.to), way.to.pausedUntilNs);
    if (!way.to.alive) {
      streams.remove(way);
    } else if (parted > time.nowNs()) {
      time.at(parted, () -> handOver(way));
    } else {
      Optional.ofNullable(streams.get(way))
          .map(stream -> stream.frames.poll())
          .ifPresent(Runnable::run);
    }
  }
}
