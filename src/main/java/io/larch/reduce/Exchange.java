package io.larch.reduce;

import io.larch.model.Layout;
import io.larch.reduce.Placement.Hop;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One node's part in the reduction during one generation: forms the sums that {@link Placement}
 * gives it, sends partial sums up and hands whole ones down. A whole sum lands in the memory from
 * which this node's own part was sent. A peer may be a step ahead; what it sends then is kept.
 *
 * <p>Used by one thread. The caller drives it with {@link #work}.
 */
public final class Exchange implements AutoCloseable {
  /** What comes of it. */
  public interface Outcome {
    /** The sum over all lanes is here; its memory stays untouched until the step is over. */
    void whole(long step, Slice slice, FloatBuffer values);

    /** The sum over all lanes is here, and all that this node must send of the slice is sent. */
    void handedOn(long step, Slice slice);
  }

  /** A slice in a step. */
  private final class Work implements SliceSum.Outcome {
    private final long step;
    private final Slice slice;
    private final SliceSum sum;
    private FloatBuffer own;
    private int received;
    private int unsent;
    private boolean whole;

    private Work(long step, Slice slice) {
      this.step = step;
      this.slice = slice;
      sum =
          new SliceSum(
              self, lanes, slice, placement, sums, () -> landings.take(step, slice.count()), this);
    }

    @Override
    public void up(TreeNode node, FloatBuffer values) {
      int to = placement.holder(node.parent(), slice);
      transfers(partials, to).add(new Transfer(this, Links.Kind.PARTIAL, node, values));
    }

    @Override
    public void whole(FloatBuffer values) {
      if (!slice.statistic()) {
        sums.round(values);
      }
      handOn(values);
    }

    private void handOn(FloatBuffer values) {
      whole = true;
      for (Hop hop : placement.route(slice)) {
        if (hop.from() == self) {
          unsent++;
          transfers(wholes, hop.to()).add(new Transfer(this, Links.Kind.WHOLE, root, values));
        }
      }
      outcome.whole(step, slice, values);
      if (unsent == 0) {
        outcome.handedOn(step, slice);
      }
    }

    /** What this slice's sum needs of other nodes. */
    private Stream<Awaited> awaited() {
      if (whole) {
        return Stream.empty();
      } else if (sum.isMeeting()) {
        return sum.awaited().stream()
            .map(node -> new Awaited(node, slice, Awaited.Kind.PARTIAL_SUMS));
      }
      return placement.route(slice).stream()
          .filter(hop -> hop.to() == self)
          .map(hop -> new Awaited(hop.from(), slice, Awaited.Kind.WHOLE_SUMS));
    }

    private void sent(Links.Kind kind) {
      if (kind == Links.Kind.WHOLE && --unsent == 0) {
        outcome.handedOn(step, slice);
      }
    }

    private void wholePart(int offset, Values values) {
      if (own == null || offset != received) {
        throw new IllegalStateException(
            "the sum of slice %d arrived from %d where %d was due"
                .formatted(slice.id(), offset, received));
      }
      values.copyTo(own, offset);
      received += values.count();
      if (received == slice.count()) {
        handOn(own);
      }
    }
  }

  /** Values on their way to a peer. */
  private static final class Transfer {
    private final Work work;
    private final Links.Kind kind;
    private final TreeNode node;
    private final FloatBuffer values;
    private int sent;

    private Transfer(Work work, Links.Kind kind, TreeNode node, FloatBuffer values) {
      this.work = work;
      this.kind = kind;
      this.node = node;
      this.values = values;
    }
  }

  private final int self;
  private final int lanes;
  private final TreeNode root;
  private final List<Slice> slices;
  private final Map<String, List<Slice>> byLayer = new HashMap<>();
  private final Placement placement;
  private final Sums sums;
  private final Links links;
  private final Outcome outcome;
  private final Landings landings = new Landings();
  private long retired = -1;
  private final Map<Long, Map<Integer, Work>> steps = new TreeMap<>();
  private final Map<Integer, Deque<Transfer>> partials = new TreeMap<>();
  private final Map<Integer, Deque<Transfer>> wholes = new TreeMap<>();

  /**
   * @param self number of this node in the placement
   * @param slices of the run, in order of their ids
   */
  public Exchange(
      int self,
      int lanes,
      List<Slice> slices,
      Placement placement,
      Sums sums,
      Links links,
      Outcome outcome) {
    this.self = self;
    this.lanes = lanes;
    this.slices = slices;
    this.placement = placement;
    this.sums = sums;
    this.links = links;
    this.outcome = outcome;
    root = TreeNode.root(lanes);
    slices.forEach(s -> byLayer.computeIfAbsent(s.layer(), l -> new ArrayList<>()).add(s));
  }

  /**
   * A device has finished a block of lanes for one layer.
   *
   * @param values all values of the layer, as they lie in the {@link Layout}; this exchange's until
   *     the step is over
   */
  public void finished(long step, String layer, TreeNode node, FloatBuffer values) {
    long origin = byLayer.get(layer).get(0).from();
    for (Slice slice : byLayer.get(layer)) {
      FloatBuffer part = values.slice((int) (slice.from() - origin), slice.count());
      Work work = work(step, slice.id());
      work.own = work.own == null ? part : work.own;
      work.sum.finished(node, part);
    }
  }

  private Work work(long step, int slice) {
    return steps
        .computeIfAbsent(step, first -> new HashMap<>())
        .computeIfAbsent(slice, id -> new Work(step, slices.get(id)));
  }

  /** Sends and receives what can be sent and received at once; says whether there was anything. */
  public boolean work() {
    int parts = send(wholes) + links.receive(this::take) + send(partials);
    return parts > 0;
  }

  private boolean take(
      Links.Kind kind, long step, int slice, TreeNode node, int offset, Values values) {
    if (step <= retired) {
      return false;
    }
    if (kind == Links.Kind.WHOLE) {
      work(step, slice).wholePart(offset, values);
    } else {
      work(step, slice).sum.arrived(node, offset, values);
    }
    return true;
  }

  private int send(Map<Integer, Deque<Transfer>> queues) {
    int sent = 0;
    for (Map.Entry<Integer, Deque<Transfer>> queue : queues.entrySet()) {
      sent += send(queue.getKey(), queue.getValue());
    }
    return sent;
  }

  private int send(int to, Deque<Transfer> queue) {
    Transfer next = queue.peek();
    if (next == null) {
      return 0;
    }
    int count =
        links.send(
            to, next.kind, next.work.step, next.work.slice.id(), next.node, next.values, next.sent);
    next.sent += count;
    if (next.sent == next.work.slice.count()) {
      queue.remove();
      next.work.sent(next.kind);
    }
    return count;
  }

  private static Deque<Transfer> transfers(Map<Integer, Deque<Transfer>> queues, int to) {
    return queues.computeIfAbsent(to, first -> new ArrayDeque<>());
  }

  /** What is needed of other nodes for the first step that is not over. */
  public List<Awaited> awaited() {
    List<Awaited> awaited = new ArrayList<>();
    steps.values().stream()
        .limit(1)
        .flatMap(slicesOfStep -> slicesOfStep.values().stream())
        .flatMap(Work::awaited)
        .forEach(awaited::add);
    for (Map<Integer, Deque<Transfer>> queues : List.of(partials, wholes)) {
      queues.forEach(
          (to, queue) ->
              queue.stream()
                  .limit(1)
                  .map(first -> new Awaited(to, first.work.slice, Awaited.Kind.ROOM_TO_SEND_SUMS))
                  .forEach(awaited::add));
    }
    awaited.sort(Comparator.comparingInt(each -> each.slice().id()));
    return List.copyOf(awaited);
  }

  /** A step is over: forgets it and uses its memory again. */
  public void retire(long step) {
    retired = step;
    steps.keySet().removeIf(each -> each <= step);
    landings.release(step);
  }

  @Override
  public void close() {
    landings.close();
  }
}
