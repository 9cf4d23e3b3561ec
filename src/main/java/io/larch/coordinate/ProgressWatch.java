package io.larch.coordinate;

/**
 * Notices that work stands still: a counter that grows with any progress has not moved for a limit
 * of time, although there is something to do. Says so once a limit.
 */
public final class ProgressWatch {
  private final long limitNs;
  private long lastProgress;
  private long sinceNs;

  public ProgressWatch(long limitNs, long nowNs) {
    this.limitNs = limitNs;
    sinceNs = nowNs;
  }

  public long limitSeconds() {
    return limitNs / 1_000_000_000;
  }

  /** Whether anything has moved since {@link #isStalled} was asked. */
  boolean hasMoved(long progress) {
    return progress != lastProgress;
  }

  /** Whether the limit has just been reached. */
  public boolean isStalled(long progress, boolean busy, long nowNs) {
    if (progress != lastProgress || !busy) {
      lastProgress = progress;
      sinceNs = nowNs;
      return false;
    }
    boolean stalled = nowNs - sinceNs >= limitNs;
    if (stalled) {
      sinceNs = nowNs;
    }
    return stalled;
  }
}
