package io.larch.cluster;

import io.larch.compute.FloatBlock;
import io.larch.config.TransportSettings;
import io.larch.config.Wire;
import io.larch.coordinate.Assignment;
import io.larch.coordinate.Assignment.Share;
import io.larch.observe.Track;
import io.larch.reduce.Exchange;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import io.larch.reduce.Links;
import io.larch.reduce.Placement;
import io.larch.reduce.Slice;
import io.larch.reduce.Sums;
import io.larch.reduce.TreeNode;
import io.larch.transport.DataAddress;
import io.larch.transport.DataPlane;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * One process of a measured reduction: the {@link Exchange} of a training step, with values made
 * for it and without training. Sums are whole numbers, so that they can be checked exactly.
 */
public final class AllReduceRank implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String VALUES = "values";
  private static final String BARRIER = "barrier";
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int PERIOD = 1000;

  private final PeerStreams streams;
  private final int floats;
  private final int sliceFloats;
  private final Map<TreeNode, FloatBlock> blocks = new LinkedHashMap<>();
  private final Map<TreeNode, FloatBlock> barriers = new LinkedHashMap<>();
  private final Map<Slice, FloatBuffer> whole = new LinkedHashMap<>();
  private Counted links;
  private Exchange exchange;
  private long bytesSent;
  private long busyNs;
  private int missing;
  private long step;

  /**
   * What a rank measured.
   *
   * @param milliseconds of each repeat
   * @param busyMilliseconds the part of them in which it added, sent or received
   * @param bytesSent bytes of values that it sent in the last one, counted
   * @param bytesPlanned the same as the placement has it
   */
  public record Measured(
      List<Double> milliseconds,
      List<Double> busyMilliseconds,
      long bytesSent,
      long bytesPlanned) {}

  /** Links that count what is sent. */
  private static final class Counted implements Links {
    private final Links links;
    private long floats;

    private Counted(Links links) {
      this.links = links;
    }

    @Override
    public int send(
        int to, Kind kind, long step, int slice, TreeNode node, FloatBuffer values, int from) {
      int sent = links.send(to, kind, step, slice, node, values, from);
      floats += sent;
      return sent;
    }

    @Override
    public int receive(Receiver receiver) {
      return links.receive(receiver);
    }
  }

  /** Opens this process's end of the data plane. */
  public AllReduceRank(TransportSettings transport, int floats, int sliceBytes) {
    streams = new PeerStreams(Optional.of(DataPlane.open(transport)), Track.OFF);
    this.floats = floats;
    sliceFloats = sliceBytes / Float.BYTES;
  }

  /** Where the other ranks reach this one. */
  public DataAddress address() {
    return streams.address();
  }

  /**
   * Reduces again and again; all ranks must do so at once.
   *
   * @param self number of this rank
   * @param ranks addresses of all, in order
   * @param warmUps reductions before those that are measured
   * @throws IllegalStateException if a sum is wrong or a peer keeps silent
   */
  public Measured measure(int self, List<DataAddress> ranks, int warmUps, int repeats)
      throws InterruptedException {
    int lanes = Math.max(2, Integer.highestOneBit(2 * ranks.size() - 1));
    List<LaneRange> dealt = LaneRange.deal(lanes, ranks.size());
    List<Share> shares = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      shares.add(new Share("rank " + rank, ranks.get(rank), List.of(Lanes.of(dealt.get(rank)))));
    }
    Assignment assignment = new Assignment(new GenerationId(1, 1), self, shares);
    List<Slice> slices = slices();
    Placement placement = new Placement(assignment.owners(), slices);
    links = new Counted(streams.open(assignment, slices, Wire.F32));
    exchange = new Exchange(self, lanes, slices, placement, new Sums(Wire.F32), links, outcome());
    for (TreeNode block : dealt.get(self).blocks()) {
      blocks.put(block, FloatBlock.allocate(floats));
      barriers.put(block, FloatBlock.allocate(1));
    }
    awaitStreams();
    List<Double> milliseconds = new ArrayList<>();
    List<Double> busy = new ArrayList<>();
    for (int i = 0; i < warmUps; i++) {
      reduce(lanes);
    }
    awaitCompilers();
    for (int i = 0; i < repeats; i++) {
      milliseconds.add(reduce(lanes));
      busy.add(busyNs * 1e-6);
    }
    return new Measured(milliseconds, busy, bytesSent, placement.bytesSent().get(self));
  }

  /** Waits until the compilers have had nothing to do for a while, or for 10 s at most. */
  private static void awaitCompilers() {
    CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
    long before = -1;
    for (int looks = 0; looks < 40 && compilers.getTotalCompilationTime() != before; looks++) {
      before = compilers.getTotalCompilationTime();
      LockSupport.parkNanos(LOOK_NS);
    }
  }

  private List<Slice> slices() {
    List<Slice> slices = new ArrayList<>();
    for (int from = 0; from < floats; from += sliceFloats) {
      int count = Math.min(sliceFloats, floats - from);
      slices.add(new Slice(slices.size(), VALUES, false, from, count, List.of()));
    }
    slices.add(new Slice(slices.size(), BARRIER, false, floats, 1, List.of()));
    return slices;
  }

  private Exchange.Outcome outcome() {
    return new Exchange.Outcome() {
      @Override
      public void whole(long atStep, Slice slice, FloatBuffer values) {
        if (slice.layer().equals(VALUES)) {
          whole.put(slice, values);
        }
      }

      @Override
      public void handedOn(long atStep, Slice slice) {
        missing--;
      }
    };
  }

  private double reduce(int lanes) throws InterruptedException {
    blocks.forEach(this::fill);
    whole.clear();
    next(BARRIER, barriers, 1, 1);
    long sentBefore = links.floats;
    busyNs = 0;
    long begin = System.nanoTime();
    next(VALUES, blocks, floats, (floats + sliceFloats - 1) / sliceFloats);
    next(BARRIER, barriers, 1, 1);
    double milliseconds = (System.nanoTime() - begin) * 1e-6;
    bytesSent = (links.floats - sentBefore) * Float.BYTES;
    check(lanes);
    return milliseconds;
  }

  /** Value i of lane l is l + i mod 1000. */
  private void fill(TreeNode block, FloatBlock values) {
    FloatBuffer view = values.view(0, floats);
    int firstLanes = IntStream.range(0, block.lanes()).map(l -> block.firstLane() + l).sum();
    for (int i = 0; i < floats; i++) {
      view.put(i, firstLanes + block.lanes() * (i % PERIOD));
    }
  }

  private void check(int lanes) {
    int sumOfLanes = lanes * (lanes - 1) / 2;
    int checked = 0;
    for (Map.Entry<Slice, FloatBuffer> sum : whole.entrySet()) {
      for (int i = 0; i < sum.getKey().count(); i++) {
        float expected = sumOfLanes + lanes * ((sum.getKey().from() + i) % PERIOD);
        if (sum.getValue().get(i) != expected) {
          throw new IllegalStateException(
              "value %d of %s is %s, not %s"
                  .formatted(i, sum.getKey(), sum.getValue().get(i), expected));
        }
        checked++;
      }
    }
    if (checked != floats) {
      throw new IllegalStateException(checked + " of " + floats + " sums arrived");
    }
  }

  /** Yields when idle: ranks may be more than cores. */
  @SuppressWarnings("ThreadPriorityCheck")
  private void next(String layer, Map<TreeNode, FloatBlock> values, int count, int slices)
      throws InterruptedException {
    step++;
    missing = slices;
    values.forEach((node, block) -> exchange.finished(step, layer, node, block.view(0, count)));
    long progress = System.nanoTime();
    while (missing > 0) {
      long began = System.nanoTime();
      boolean worked = exchange.work();
      long now = System.nanoTime();
      if (worked) {
        busyNs += now - began;
        progress = now;
      } else if (now - progress > PATIENCE.toNanos()) {
        throw new IllegalStateException(
            "no value has arrived for %d s; %d slices of %s are missing"
                .formatted(PATIENCE.toSeconds(), missing, layer));
      } else {
        endIfInterrupted();
        Thread.yield();
      }
    }
    exchange.retire(step);
    endIfInterrupted();
  }

  private static void endIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private void awaitStreams() throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!streams.areConnected()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "no streams to %s within %d s".formatted(streams.unconnected(), PATIENCE.toSeconds()));
      }
      endIfInterrupted();
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    streams.close();
    if (exchange != null) {
      exchange.close();
    }
    blocks.values().forEach(FloatBlock::close);
    barriers.values().forEach(FloatBlock::close);
  }
}
