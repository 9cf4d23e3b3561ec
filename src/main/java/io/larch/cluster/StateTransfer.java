package io.larch.cluster;

import io.larch.coordinate.Assignment;
import io.larch.reduce.GenerationId;
import io.larch.reduce.Replica;
import io.larch.reduce.StateExchange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/**
 * The {@link StateExchange} of one prepared generation over this node's streams, with those who
 * wait for it. Used by the reduction's thread.
 */
final class StateTransfer {
  private final GenerationId generation;
  private final StateStreams streams;
  private final StateExchange exchange;
  private final Map<String, CompletableFuture<Void>> feeds = new HashMap<>();
  private CompletableFuture<Void> intake = CompletableFuture.completedFuture(null);
  private boolean broken;

  StateTransfer(GenerationId generation, Replica replica, PeerStreams streams) {
    this.generation = generation;
    this.streams = streams.ofState(generation);
    exchange = new StateExchange(replica, this.streams, outcome());
  }

  GenerationId generation() {
    return generation;
  }

  private StateExchange.Outcome outcome() {
    return new StateExchange.Outcome() {
      @Override
      public void fed(String to) {
        feeds.remove(to).complete(null);
      }

      @Override
      public void taken(long step) {
        intake.complete(null);
      }
    };
  }

  void feed(Assignment.Share to, List<Integer> slices, CompletableFuture<Void> done) {
    feeds.put(to.node(), done);
    streams.connect(to);
    exchange.feed(to.node(), slices);
  }

  void take(long step, List<Assignment.Share> from, CompletableFuture<Void> done) {
    intake = done;
    from.forEach(streams::connect);
    exchange.take(step, from.stream().map(Assignment.Share::node).toList(), System.nanoTime());
  }

  /** Moves what can be moved at once; says how many parts. */
  int work() {
    return broken ? 0 : exchange.work(System.nanoTime());
  }

  /** What has not come or gone yet, in words. */
  String missing() {
    return exchange.missing();
  }

  /** Gives up; who waits is told why. */
  void fail(Throwable cause) {
    broken = true;
    feeds.values().forEach(done -> done.completeExceptionally(cause));
    feeds.clear();
    intake.completeExceptionally(cause);
  }

  /** Gives up because the generation goes on or is over. */
  void drop() {
    fail(new CancellationException("the generation is no longer only prepared"));
  }
}
