package io.larch.cluster;

import akka.actor.Address;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who was a member of the cluster and is none any longer, as far as a member knows. One whose own
 * membership has ended sees nobody, which says nothing of the others.
 */
final class FormerMembers {
  private final String self;
  private final Map<String, Address> present = new HashMap<>();
  private final Set<String> former = new HashSet<>();

  /** Those that a member of this name knows. */
  FormerMembers(String self) {
    this.self = self;
  }

  /**
   * Takes in who is there.
   *
   * @return the addresses of those that were there before
   */
  Set<Address> see(Map<String, Address> now) {
    Map<String, Address> gone = new HashMap<>(present);
    gone.keySet().removeAll(now.keySet());
    if (now.containsKey(self)) {
      former.addAll(gone.keySet());
    }
    present.clear();
    present.putAll(now);
    return Set.copyOf(gone.values());
  }

  /** Whether this incarnation of a node was a member once. */
  boolean contains(String member) {
    return former.contains(member);
  }
}
