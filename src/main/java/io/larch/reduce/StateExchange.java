package io.larch.reduce;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One node's part in the giving and taking of committed state while a generation is prepared and
 * has not begun. A node that takes says so to each of its feeders, and again until something comes
 * from there: streams take in nothing before both ends are connected.
 *
 * <pre>
 *   taker --READY(s)--> feeder        repeated
 *   taker &lt;--STATE(s, slice, block, values)-- feeder
 * </pre>
 *
 * <p>M bytes of weights and b buffers cost (1 + b)·M bytes on the wire, whoever sends them. Used by
 * one thread. The caller drives it with {@link #work}.
 */
public final class StateExchange {
  private static final long ASK_AGAIN_NS = 50_000_000;

  /** What comes of it. */
  public interface Outcome {
    /** All that a peer was to be fed is on its way. */
    void fed(String to);

    /** The whole state of a step is staged and checked. */
    void taken(long step);
  }

  private final Replica replica;
  private final StateLinks links;
  private final Outcome outcome;
  private final Map<String, StateFeed> feeds = new TreeMap<>();
  private StateIntake intake;
  private long askedNs;

  public StateExchange(Replica replica, StateLinks links, Outcome outcome) {
    this.replica = replica;
    this.links = links;
    this.outcome = outcome;
  }

  /** Feeds a peer these slices of the committed state, once. */
  public void feed(String to, List<Integer> slices) {
    feeds.put(to, new StateFeed(replica, to, slices, links));
  }

  /** Takes the whole state of a step from these peers into the staged half of the replica. */
  public void take(long step, List<String> from, long nowNs) {
    intake = new StateIntake(replica, step, from);
    askedNs = nowNs - ASK_AGAIN_NS;
  }

  /**
   * Sends and receives what can be sent and received at once; returns how many parts.
   *
   * @throws ReplicaDamaged if a slice to be fed is not what was committed
   * @throws IllegalStateException if a slice came that is not what a peer has committed
   */
  public int work(long nowNs) {
    ask(nowNs);
    int parts = links.receive(listener);
    for (StateFeed feed : feeds.values()) {
      parts += feed.work() > 0 ? 1 : 0;
    }
    settle();
    return parts;
  }

  private void ask(long nowNs) {
    if (intake != null && nowNs - askedNs >= ASK_AGAIN_NS) {
      askedNs = nowNs;
      intake.silent().forEach(peer -> links.sendReady(peer, intake.step()));
    }
  }

  private final StateLinks.Listener listener =
      new StateLinks.Listener() {
        @Override
        public boolean ready(String peer, long step) {
          StateFeed feed = feeds.get(peer);
          if (feed != null) {
            feed.begin(step);
          }
          return feed != null;
        }

        @Override
        public boolean part(String peer, StateLinks.Part part, float[] values) {
          return intake != null && intake.part(peer, part, values);
        }
      };

  private void settle() {
    feeds.values().removeIf(this::isOver);
    if (intake != null && intake.isDone()) {
      long step = intake.step();
      intake = null;
      outcome.taken(step);
    }
  }

  private boolean isOver(StateFeed feed) {
    if (feed.isDone()) {
      outcome.fed(feed.to());
    }
    return feed.isDone();
  }

  /** What is still to be fed and taken, in words. */
  public String missing() {
    String toFeed =
        feeds.values().stream().map(StateFeed::missing).collect(Collectors.joining("; "));
    return intake == null ? toFeed : intake.missing() + (toFeed.isEmpty() ? "" : "; " + toFeed);
  }
}
