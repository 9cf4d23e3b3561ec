package io.larch.cluster;

import akka.actor.typed.ActorRef;
import io.larch.cluster.RunEnd.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A run that is being closed: who still has it open, and the digests of those who have not. */
final class Closing {
  private final RunEnd ending;
  private final Set<ActorRef<Host.Command>> open;
  private final Map<String, List<String>> digests = new TreeMap<>();

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
   * @param digest of its weights; null if it had none
   */
  void closed(ActorRef<Host.Command> host, String name, String digest) {
    if (open.remove(host) && digest != null) {
      digests.computeIfAbsent(digest, first -> new ArrayList<>()).add(name);
    }
  }

  /** How it has ended: a finished run must have ended in one and the same digest. */
  RunEnd end() {
    if (ending.kind() != Kind.FINISHED) {
      return ending;
    }
    return digests.size() == 1
        ? RunEnd.finished(digests.keySet().iterator().next())
        : RunEnd.because(Kind.FAILED, "the nodes ended with different weights: " + digests);
  }
}
