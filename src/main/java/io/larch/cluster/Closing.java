package io.larch.cluster;

import akka.actor.typed.ActorRef;
import io.larch.cluster.RunEnd.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A run that is being closed: who still has it open, and the digests of those who have not. Those
 * that were stopped between two commits are a step behind others, and one that was still to be fed
 * is further behind; what the furthest hold is what the run has come to.
 */
final class Closing {
  /**
   * What a node held in the end.
   *
   * @param step the last one committed
   */
  record Weights(long step, String sha256) {}

  private final RunEnd ending;
  private final Set<ActorRef<Host.Command>> open;
  private final NavigableMap<Long, Map<String, List<String>>> digests = new TreeMap<>();

  /**
   * @param ending how it ends
   * @param open all who have it open
   */
  Closing(RunEnd ending, Set<ActorRef<Host.Command>> open) {
    this.ending = ending;
    this.open = new TreeSet<>(open);
  }

  /** Who still has it open. */
  Set<ActorRef<Host.Command>> open() {
    return Collections.unmodifiableSet(open);
  }

  /** These are gone. */
  void lost(Set<ActorRef<Host.Command>> hosts) {
    open.removeAll(hosts);
  }

  /**
   * A host has closed it.
   *
   * @param weights null if it had none
   */
  void closed(ActorRef<Host.Command> host, String name, Weights weights) {
    if (open.remove(host) && weights != null) {
      digests
          .computeIfAbsent(weights.step, first -> new TreeMap<>())
          .computeIfAbsent(weights.sha256, first -> new ArrayList<>())
          .add(name);
    }
  }

  /** How it has ended: all who have committed its last step must hold the same weights. */
  RunEnd end() {
    boolean stopped = ending.kind() == Kind.STOPPED && !digests.isEmpty();
    if (!stopped && ending.kind() != Kind.FINISHED) {
      return ending;
    }
    if (digests.isEmpty()) {
      return RunEnd.because(Kind.FAILED, "no node has told what weights it ended with");
    }
    Map<String, List<String>> last = digests.lastEntry().getValue();
    return last.size() == 1
        ? ending.in(digests.lastKey(), last.keySet().iterator().next())
        : RunEnd.because(Kind.FAILED, "the nodes ended with different weights: " + last);
  }
}
