package io.larch.coordinate;

import io.larch.coordinate.Assignment.Share;
import io.larch.transport.DataAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who takes part in a run, who is to join it with the next generation, and who is to leave it then.
 * Used by one thread.
 */
final class Roster {
  private final Map<String, Party> members = new TreeMap<>();
  private final Map<String, Party> joining = new TreeMap<>();
  private final Set<String> leaving = new TreeSet<>();

  Roster(Collection<Party> members) {
    members.forEach(member -> this.members.put(member.name(), member));
  }

  /** Names of the members: a view, which follows all changes. */
  Set<String> names() {
    return Collections.unmodifiableSet(members.keySet());
  }

  /** A member. */
  Party party(String member) {
    return members.get(member);
  }

  /** Its peers reach a member there from now on. */
  void reachedAt(String member, DataAddress address) {
    members.computeIfPresent(member, (name, party) -> new Party(name, address, party.devices()));
  }

  void joins(Party party) {
    if (!members.containsKey(party.name())) {
      joining.put(party.name(), party);
    }
  }

  /** A node is to leave; says whether it is a member, which stays one until it is released. */
  boolean leaves(String node) {
    joining.remove(node);
    boolean member = members.containsKey(node);
    if (member) {
      leaving.add(node);
    }
    return member;
  }

  /** Whether all were told to leave, and nobody joins. */
  boolean isForsaken() {
    return joining.isEmpty() && !canGo();
  }

  /** A node is no more; says whether it was a member. */
  boolean lost(String node) {
    joining.remove(node);
    leaving.remove(node);
    return members.remove(node) != null;
  }

  /** Whether a next generation would have other members. */
  boolean isToChange() {
    return !joining.isEmpty() || (!leaving.isEmpty() && canGo());
  }

  /** Who leaves must not be the last one with the state. */
  private boolean canGo() {
    return !leaving.containsAll(members.keySet());
  }

  /** What is to change, in words. */
  List<String> changes() {
    List<String> changes = new ArrayList<>();
    joining.keySet().forEach(node -> changes.add(node + " joins"));
    leaving.forEach(node -> changes.add(node + " leaves"));
    return changes;
  }

  /** Who is to join is a member from now on; returns their names. */
  Set<String> admit() {
    Set<String> admitted = new TreeSet<>(joining.keySet());
    members.putAll(joining);
    joining.clear();
    return admitted;
  }

  /**
   * Who takes part from now on, in order. Who leaves remains a member until the others have begun,
   * since he may be the only one with the state.
   */
  List<Party> staying() {
    Set<String> going = canGo() ? leaving : Set.of();
    return members.values().stream()
        .filter(member -> !going.contains(member.name()))
        .sorted()
        .toList();
  }

  /** Members that have no share are so no longer; their names. */
  Set<String> release(List<Share> shares) {
    Set<String> released = new TreeSet<>(members.keySet());
    shares.forEach(share -> released.remove(share.node()));
    members.keySet().removeAll(released);
    leaving.removeAll(released);
    return released;
  }
}
