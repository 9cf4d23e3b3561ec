package io.larch.cluster;

import akka.actor.Address;
import akka.event.EventStream;
import akka.remote.PhiAccrualFailureDetector;
import com.typesafe.config.Config;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A failure detector that also believes proof: who was taken out of the cluster is unavailable at
 * once.
 *
 * <p>Akka removes a member that was taken out only when its failure detector has found it silent,
 * and singletons and shards move at the removal; with a detector as patient as busy hosts need, a
 * leader whose death is proved within a second would be missed for most of a minute.
 */
final class ProvenFailureDetector extends PhiAccrualFailureDetector {
  /** Of this process, as Akka makes the detectors; addresses are unique within a cluster. */
  private static final Set<String> ENDED = ConcurrentHashMap.newKeySet();

  /**
   * The detector of one member, as Akka makes it.
   *
   * @param settings {@code akka.cluster.failure-detector}
   * @param events to which long pauses are told
   */
  ProvenFailureDetector(Config settings, EventStream events) {
    super(settings, events);
  }

  /** The member of this address is taken out. */
  static void ended(Address member) {
    ENDED.add(member.toString());
  }

  /** The member of this address is removed: who comes there next is another. */
  static void removed(Address member) {
    ENDED.remove(member.toString());
  }

  @Override
  public boolean isAvailable() {
    return !ENDED.contains(address()) && super.isAvailable();
  }
}
