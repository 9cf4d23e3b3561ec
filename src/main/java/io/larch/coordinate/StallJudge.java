package io.larch.coordinate;

import io.larch.observe.Absence;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides, when a node stands still, for whom it really waits. The node that it waits for may
 * itself only wait for another, so each of them is asked how it stands, and so is whomever they
 * name. Missing is who does not answer; and, after much longer, who answers but whose devices do
 * not get on.
 *
 * <pre>
 *   this node stands still --asks--> b: "I wait for c"
 *                          --asks--> c: silence          c is missing, b is not
 * </pre>
 *
 * It is told what is seen, and the time. Whoever is named is only told to people; that a node is
 * dead, others decide.
 */
public final class StallJudge {
  /** So long nothing moves before anybody is asked. */
  private static final long STANDSTILL_NS = 1_000_000_000L;

  /** So long a node may owe an answer. */
  private static final long SILENCE_NS = 2_000_000_000L;

  /** So long a node's own devices may stand still though it answers. */
  private static final long PATIENCE_NS = 60_000_000_000L;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

  /** What is known of a node that was asked. */
  private static final class Known {
    private long heardNs;
    private long movedNs;
    private Standing last;

    private Known(long nowNs) {
      heardNs = nowNs;
      movedNs = nowNs;
    }

    private void heard(Standing standing, long nowNs) {
      heardNs = nowNs;
      if (last == null || last.progress() != standing.progress()) {
        movedNs = nowNs;
      }
      last = standing;
    }
  }

  private final Map<String, Known> asked = new HashMap<>();
  private final Map<String, Absence> missing = new LinkedHashMap<>();
  private Standing own;
  private long movedNs;

  /** How this node stands; whenever it moves, nobody is missing. */
  public void stands(Standing now, long nowNs) {
    if (own == null || own.progress() != now.progress()) {
      movedNs = nowNs;
      asked.clear();
      missing.clear();
    }
    own = now;
  }

  /** This node has nothing to do. */
  public void rests() {
    own = null;
    asked.clear();
    missing.clear();
  }

  /**
   * Who is to be asked how it stands; each time again.
   *
   * @param there nodes that can be asked
   */
  public Set<String> toAsk(Set<String> there, long nowNs) {
    Set<String> involved = new TreeSet<>();
    if (own != null && nowNs - movedNs >= STANDSTILL_NS) {
      follow(own, involved);
    }
    involved.retainAll(there);
    asked.keySet().retainAll(involved);
    involved.forEach(node -> asked.computeIfAbsent(node, first -> new Known(nowNs)));
    return involved;
  }

  /** Everybody that a node waits for, directly or through others. */
  private void follow(Standing from, Set<String> involved) {
    Deque<Standing> open = new ArrayDeque<>(List.of(from));
    while (!open.isEmpty()) {
      for (Wait wait : open.remove().waits()) {
        if (!wait.node().equals(own.node()) && involved.add(wait.node())) {
          Known known = asked.get(wait.node());
          if (known != null && known.last != null) {
            open.add(known.last);
          }
        }
      }
    }
  }

  /** A node that was asked has answered. */
  public void answered(Standing standing, long nowNs) {
    Known known = asked.get(standing.node());
    if (known != null) {
      known.heard(standing, nowNs);
    }
  }

  /**
   * Who is missing now. What is said of a node stays the same as long as it is missing.
   *
   * @param now the time of day at {@code nowNs}
   */
  public List<Absence> missing(long nowNs, Instant now) {
    Set<String> silent = new TreeSet<>();
    asked.forEach(
        (node, known) -> {
          if (isSilent(known, nowNs) || isStuck(known.last, known.movedNs, nowNs)) {
            silent.add(node);
          }
        });
    if (own != null && isStuck(own, movedNs, nowNs)) {
      silent.add(own.node());
    }
    missing.keySet().retainAll(silent);
    silent.forEach(node -> missing.computeIfAbsent(node, first -> absence(node, nowNs, now)));
    return List.copyOf(missing.values());
  }

  private static boolean isSilent(Known known, long nowNs) {
    return nowNs - known.heardNs >= SILENCE_NS;
  }

  private static boolean isStuck(Standing standing, long sinceNs, long nowNs) {
    return standing != null && standing.computing() && nowNs - sinceNs >= PATIENCE_NS;
  }

  private Absence absence(String node, long nowNs, Instant now) {
    List<Wait> waits = waitsFor(node);
    Instant since = now.minusNanos(nowNs - movedNs).truncatedTo(ChronoUnit.MILLIS);
    Wait first = waits.isEmpty() ? new Wait(node, own.doing(), "", "itself") : waits.get(0);
    String state = isAnswering(node, nowNs) ? "answers, but stands still" : "is silent";
    return new Absence(
        node,
        own.step(),
        first.phase(),
        first.layer(),
        since.toEpochMilli(),
        "node %s %s since %s: step %d waits for %s (%s)"
            .formatted(
                node, state, TIME.format(since), own.step(), words(first, waits), first.phase()));
  }

  private boolean isAnswering(String node, long nowNs) {
    return node.equals(own.node()) || !isSilent(asked.get(node), nowNs);
  }

  /** What this node needs of it, or else what others need. */
  private List<Wait> waitsFor(String node) {
    List<Wait> waits = new ArrayList<>(own.waits());
    asked.values().stream()
        .filter(known -> known.last != null)
        .forEach(known -> waits.addAll(known.last.waits()));
    return waits.stream().filter(wait -> wait.node().equals(node)).toList();
  }

  private static String words(Wait first, List<Wait> all) {
    if (first.layer().isEmpty()) {
      return first.what();
    }
    long layers = all.stream().map(Wait::layer).filter(l -> !l.isEmpty()).distinct().count();
    return "%s of layer %s".formatted(first.what(), first.layer())
        + (layers > 1 ? " and %d more".formatted(layers - 1) : "");
  }
}
