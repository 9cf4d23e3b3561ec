package io.larch.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides which members of a cluster are dead, and for whom to wait. It is told what is seen, and
 * the time.
 *
 * <p>Dead is a member whose lifeline has closed and whose process is proved to be gone, at once;
 * one whose death an operator confirms; and one that has been silent for so long that the majority
 * of the members must go on. Silence without proof is slow: a stopped process holds its lifeline.
 * Who sees neither proof nor a majority waits; of two parts of a cluster at most one has the
 * majority, so never do two go on. The dead do not vote.
 */
final class DeathJudge {
  /** How many members each watches: the next ones in the ring of all. */
  static final int WATCHED = 2;

  /** What became of a search for a member whose lifeline has closed. */
  enum Trace {
    /** Its process has ended, or nobody listens where it did. */
    GONE,
    /** It lives. */
    ALIVE,
    /** Nobody answers. */
    NONE
  }

  /**
   * What is to be done.
   *
   * @param dead why, by member
   * @param awaited those for whom this part of the cluster waits; empty when it need not
   * @param silentSeconds how long it has waited
   */
  record Verdict(Map<String, String> dead, SortedSet<String> awaited, long silentSeconds) {}

  private final String self;
  private final long stableAfterNs;
  private SortedSet<String> members = new TreeSet<>();
  private Set<String> voters = new HashSet<>();
  private Set<String> silent = new HashSet<>();
  private long changedNs;
  private final Set<String> closed = new HashSet<>();
  private final Map<String, String> dead = new HashMap<>();

  DeathJudge(String self, Duration stableAfter, long nowNs) {
    this.self = self;
    stableAfterNs = stableAfter.toNanos();
    changedNs = nowNs;
  }

  /**
   * Who belongs to the cluster.
   *
   * @param voting those of all who count for the majority: one who is only joining does not, since
   *     two parts of a cluster may each take in others
   */
  void members(Set<String> all, Set<String> voting, Set<String> silentOnes, long nowNs) {
    if (!members.equals(all) || !voters.equals(voting) || !silent.equals(silentOnes)) {
      changedNs = nowNs;
    }
    members = new TreeSet<>(all);
    voters = new HashSet<>(voting);
    silent = new HashSet<>(silentOnes);
    closed.retainAll(members);
    dead.keySet().retainAll(members);
  }

  /** Those to whom this member holds a lifeline, the nearest first. */
  List<String> watched() {
    List<String> ring = new ArrayList<>(members.tailSet(self));
    ring.addAll(members.headSet(self));
    ring.remove(self);
    return List.copyOf(ring.subList(0, Math.min(WATCHED, ring.size())));
  }

  /** The lifeline to a member stands. */
  void held(String member) {
    closed.remove(member);
  }

  /** The lifeline to a member has closed: whether it is dead must be looked for. */
  void closed(String member) {
    closed.add(member);
  }

  /** What has been found of a member; proof is only what was found after its lifeline closed. */
  void found(String member, Trace trace) {
    if (trace == Trace.GONE && closed.contains(member) && members.contains(member)) {
      dead.put(member, "its process has ended");
    }
  }

  /**
   * An operator says that a member is dead.
   *
   * @return whether that can be: it is silent or its lifeline has closed
   */
  boolean confirm(String member) {
    boolean possible = silent.contains(member) || closed.contains(member);
    if (possible) {
      dead.put(member, "its death was confirmed by an operator");
    }
    return possible;
  }

  /** What follows from all that has been seen. */
  Verdict judge(long nowNs) {
    Map<String, String> verdict = new TreeMap<>(dead);
    SortedSet<String> undecided = new TreeSet<>(silent);
    undecided.removeAll(dead.keySet());
    boolean stable = nowNs - changedNs >= stableAfterNs;
    long silentSeconds = (nowNs - changedNs) / 1_000_000_000;
    if (undecided.isEmpty() || !stable) {
      return new Verdict(verdict, new TreeSet<>(), silentSeconds);
    }
    Set<String> alive = new HashSet<>(voters);
    alive.removeAll(dead.keySet());
    Set<String> present = new HashSet<>(alive);
    present.removeAll(undecided);
    if (2 * present.size() <= alive.size()) {
      return new Verdict(verdict, undecided, silentSeconds);
    }
    for (String member : undecided) {
      verdict.put(
          member,
          "it has been silent for %d s more than a pause may last, and %d of %d members are present"
              .formatted(silentSeconds, present.size(), alive.size()));
    }
    return new Verdict(verdict, new TreeSet<>(), silentSeconds);
  }
}
