package io.larch.run;

import io.larch.cluster.OpenRun;
import io.larch.cluster.RunOpener;

/**
 * Hands a ready run to the node that trains it, which closes it in the end. A run that is ended
 * before the node has asked for it is closed here.
 */
final class Handover implements RunOpener {
  private final ReadyRun ready;
  private boolean taken;
  private boolean over;

  Handover(ReadyRun ready) {
    this.ready = ready;
  }

  @Override
  public synchronized OpenRun open(String runFile, boolean resume) {
    if (over) {
      throw new IllegalStateException("the run has ended");
    }
    taken = true;
    return ready;
  }

  /** Nothing is handed over any more. */
  synchronized void end() {
    over = true;
    if (!taken) {
      ready.abandon();
    }
  }
}
