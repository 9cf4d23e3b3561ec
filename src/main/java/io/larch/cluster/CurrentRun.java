package io.larch.cluster;

import io.larch.compute.Timing;
import java.util.List;
import java.util.Optional;

/**
 * The run that this JVM takes part in: its context, the threads of its devices and of its
 * reduction. Opened and closed off the dispatchers; any thread may ask.
 */
final class CurrentRun implements AutoCloseable {
  /** The parts of a run on this node. */
  record Parts(String id, OpenRun run, ReductionLoop loop, List<LaneRunner> runners) {}

  private final PeerStreams streams;
  private volatile Parts parts;

  CurrentRun(PeerStreams streams) {
    this.streams = streams;
  }

  /** Starts the threads of a run. */
  Parts open(String id, OpenRun run) {
    ReductionLoop loop = new ReductionLoop(run.context(), streams);
    List<LaneRunner> runners =
        run.devices().stream().map(device -> new LaneRunner(device, run.context(), loop)).toList();
    parts = new Parts(id, run, loop, runners);
    return parts;
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
      last.loop.freeze().join();
      List<Timing> timings = last.runners.get(0).timings();
      last.runners.forEach(LaneRunner::close);
      last.loop.close();
      last.run.close(timings);
    }
  }
}
