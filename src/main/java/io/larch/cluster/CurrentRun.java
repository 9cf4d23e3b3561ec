package io.larch.cluster;

import io.larch.compute.Device;
import io.larch.compute.Timing;
import io.larch.observe.Timeline;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The run that this JVM takes part in: its context, the threads of its devices and of its
 * reduction. Opened and closed off the dispatchers; any thread may ask.
 */
final class CurrentRun implements AutoCloseable {
  /** The track of the thread that reduces and moves parts between nodes. */
  static final String REDUCTION = "reduction";

  /** The parts of a run on this node. */
  record Parts(
      String id, OpenRun run, ReductionLoop loop, List<LaneRunner> runners, Timeline timeline) {}

  private final PeerStreams streams;
  private final Timeline timeline;
  private volatile Parts parts;

  CurrentRun(PeerStreams streams, Timeline timeline) {
    this.streams = streams;
    this.timeline = timeline;
  }

  /** Starts the threads of a run. */
  Parts open(String id, OpenRun run) {
    ReductionLoop loop = new ReductionLoop(run.context(), streams, timeline.track(REDUCTION));
    List<LaneRunner> runners =
        run.devices().stream().map(device -> runner(device, run.context(), loop)).toList();
    timeline.reached(run.context().replica().step());
    parts = new Parts(id, run, loop, runners, timeline);
    return parts;
  }

  private LaneRunner runner(Device device, RunContext context, ReductionLoop loop) {
    return new LaneRunner(device, context, loop, timeline.track("device " + device.index()));
  }

  /** The context of a run, if it is the current one. */
  Optional<RunContext> context(String id) {
    Parts now = parts;
    return now != null && now.id.equals(id) ? Optional.of(now.run.context()) : Optional.empty();
  }

  /** Ends the threads, then frees the run's memory. Nothing may use them any more. */
  @Override
  public void close() {
    Parts last = parts;
    parts = null;
    if (last != null) {
      timeline.reached(Timeline.NO_STEP);
      List<CompletableFuture<Void>> idle = last.runners.stream().map(LaneRunner::halt).toList();
      last.loop.freeze().join();
      idle.forEach(CompletableFuture::join);
      List<Timing> timings = last.runners.get(0).timings();
      last.runners.forEach(LaneRunner::close);
      last.loop.close();
      last.run.close(timings);
    }
  }
}
