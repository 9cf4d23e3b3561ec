package io.larch.cluster;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The hosts of the cluster's nodes. One that is gone may still be listed for a while. */
final class Hosts {
  private final Address own;
  private final Set<ActorRef<Host.Command>> there = new TreeSet<>();
  private final Set<ActorRef<Host.Command>> departed = new HashSet<>();
  private boolean listed;

  /**
   * @param own address of this node
   */
  Hosts(Address own) {
    this.own = own;
  }

  /** Those that are there. */
  Set<ActorRef<Host.Command>> all() {
    return Collections.unmodifiableSet(there);
  }

  /** Whether it is known who is there. */
  boolean areKnown() {
    return listed;
  }

  /** Those that are there now, as far as is known; returns who is not any more. */
  Set<ActorRef<Host.Command>> update(Set<ActorRef<Host.Command>> now) {
    listed = true;
    return only(now);
  }

  private Set<ActorRef<Host.Command>> only(Set<ActorRef<Host.Command>> now) {
    Set<ActorRef<Host.Command>> lost = new HashSet<>(there);
    lost.removeAll(now);
    departed.addAll(lost);
    there.clear();
    there.addAll(now);
    there.removeAll(departed);
    return lost;
  }

  /** The cluster has no member at an address any more; returns who was there. */
  Set<ActorRef<Host.Command>> remove(Address gone) {
    Set<ActorRef<Host.Command>> left = new HashSet<>(there);
    left.removeIf(host -> addressOf(host).equals(gone));
    return only(left);
  }

  /** The host of a node. */
  Optional<ActorRef<Host.Command>> named(String node) {
    return there.stream().filter(host -> nameOf(host).equals(node)).findFirst();
  }

  /** The address of a host's actors, which is its node's name. */
  String nameOf(ActorRef<Host.Command> host) {
    return addressOf(host).toString();
  }

  private Address addressOf(ActorRef<Host.Command> host) {
    Address address = host.path().address();
    return address.hasLocalScope() ? own : address;
  }
}
