package io.larch.coordinate;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who has come while others trained, until a step is done with all of them. What fails before may
 * well fail for their sake: they are reached, fed and given work for the first time. It may be
 * chance, so they are tried twice; whoever fails again is to be kept out, and the others go on.
 * Used by one thread.
 */
final class Newcomers {
  private static final int TRIES = 2;

  private final Map<String, Integer> failures = new TreeMap<>();
  private final Map<String, String> unfit = new TreeMap<>();

  void add(Collection<String> nodes) {
    nodes.forEach(node -> failures.put(node, 0));
  }

  void remove(String node) {
    failures.remove(node);
    unfit.remove(node);
  }

  /** They are newcomers no longer. */
  void clear() {
    failures.clear();
    unfit.clear();
  }

  /** Those of some nodes that are newcomers. */
  Set<String> among(Collection<String> nodes) {
    Set<String> among = new TreeSet<>(failures.keySet());
    among.retainAll(nodes);
    return among;
  }

  /** Something has failed, maybe for the sake of these newcomers. */
  void failed(Set<String> some, String why) {
    for (String node : some) {
      if (failures.merge(node, 1, Integer::sum) >= TRIES) {
        unfit.put(node, why);
      }
    }
  }

  /** It would be of no use to try these newcomers again. */
  void rejected(Set<String> some, String why) {
    some.forEach(node -> unfit.put(node, why));
  }

  /** Who is to be kept out, and why. */
  Map<String, String> unfit() {
    return new TreeMap<>(unfit);
  }
}
