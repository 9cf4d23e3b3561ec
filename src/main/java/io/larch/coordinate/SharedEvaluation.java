package io.larch.coordinate;

import io.larch.compute.Outcome;
import io.larch.coordinate.Assignment.Share;
import io.larch.observe.Event;
import io.larch.reduce.LaneRange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An evaluation that all nodes share: each has as much of the test set as of the devices. Its
 * result is summed in the order of the batches, whoever had them. Used by one thread.
 */
final class SharedEvaluation {
  private record Part(List<Outcome> batches, double dataWaitSeconds) {}

  private final List<Share> shares;
  private final Map<String, LaneRange> dealt = new HashMap<>();
  private final Map<String, Part> parts = new HashMap<>();

  /**
   * Deals the test set.
   *
   * @param batches in it
   */
  SharedEvaluation(int batches, List<Share> shares) {
    this.shares = shares;
    int devices = shares.stream().mapToInt(share -> share.devices().size()).sum();
    List<LaneRange> byDevice = LaneRange.deal(batches, devices);
    int next = 0;
    for (Share share : shares) {
      int from = byDevice.get(next).from();
      next += share.devices().size();
      dealt.put(share.node(), new LaneRange(from, byDevice.get(next - 1).to()));
    }
  }

  /** The batches of a node. */
  LaneRange batches(String node) {
    return dealt.get(node);
  }

  /** A node is done, with one outcome a batch. */
  void evaluated(String node, List<Outcome> batches, double dataWaitSeconds) {
    parts.put(node, new Part(batches, dataWaitSeconds));
  }

  /** What has come of it; all nodes are done. */
  Event.Evaluated event(long step) {
    Outcome total = Outcome.NONE;
    double waited = 0;
    for (Share share : shares) {
      Part part = parts.get(share.node());
      waited = Math.max(waited, part.dataWaitSeconds);
      for (Outcome batch : part.batches) {
        total = total.plus(batch);
      }
    }
    return new Event.Evaluated(
        step,
        total.loss(),
        total.share(total.top1()),
        total.share(total.top5()),
        total.bleu(),
        total.samples(),
        waited);
  }
}
