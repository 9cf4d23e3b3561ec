package io.larch.simulate;

import java.util.Set;

/** What the adversary does, and when; times in seconds of the simulation. */
public sealed interface Fault {
  double at();

  /** A process is gone, with all it knew. */
  record Crash(double at, String node) implements Fault {}

  /** The first that feeds others from then on is gone before anything of it has come. */
  record CrashFeeder(double at) implements Fault {}

  /** A new process comes, without any state. */
  record Join(double at, String node) implements Fault {}

  /** A node is told to leave. */
  record Leave(double at, String node) implements Fault {}

  /** A process is not scheduled for a while. */
  record Pause(double at, double until, String node) implements Fault {}

  /** A node computes slower by a factor for a while. */
  record Slow(double at, double until, String node, int factor) implements Fault {}

  /** A worker of a node breaks in mid-step and is restarted. */
  record Break(double at, String node) implements Fault {}

  /** The optimizers of layers that live on a node begin again, without any report. */
  record Forget(double at, String node) implements Fault {}

  /** Nothing passes between these nodes and the others for a while. */
  record Partition(double at, double until, Set<String> nodes) implements Fault {
    public Partition {
      nodes = Set.copyOf(nodes);
    }
  }

  /** Messages between actors are lost, and doubled, with this probability for a while. */
  record Storm(double at, double until, double probability) implements Fault {}
}
