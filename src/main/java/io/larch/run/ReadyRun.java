package io.larch.run;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.checkpoint.WeightsDigest;
import io.larch.cluster.Interception;
import io.larch.cluster.OpenRun;
import io.larch.cluster.RunContext;
import io.larch.compute.Device;
import io.larch.compute.Devices;
import io.larch.compute.Timing;
import io.larch.model.Initial;
import io.larch.model.Layout.Place;
import io.larch.reduce.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A job with its replica filled and its devices started: what a node needs to take part. */
final class ReadyRun implements OpenRun {
  private final Job job;
  private final Replica replica;
  private final List<Device> devices;
  private final RunContext context;
  private List<Timing> timings = List.of();

  private ReadyRun(
      Job job,
      Replica replica,
      List<Device> devices,
      Optional<Checkpoints> checkpoints,
      Duration stallLimit,
      boolean integrity,
      Interception interception) {
    this.job = job;
    this.replica = replica;
    this.devices = devices;
    var settings = job.settings();
    context =
        new RunContext(
            settings,
            job.network(),
            job.optimizer(),
            job.schedule(),
            checkpoints.isPresent() ? job.timetable() : job.timetable().withoutCheckpoints(),
            replica,
            job.data().samples(settings),
            new CheckpointArchive(job, checkpoints),
            stallLimit,
            integrity,
            interception);
  }

  /**
   * Makes a job ready.
   *
   * @param nodes how many share this machine
   * @param stallLimit how long the node waits without any progress before it reports who is missing
   * @param integrity whether it checks its committed weights before it uses them
   * @param fill gives the replica the state to begin from
   */
  static ReadyRun open(
      Job job,
      int nodes,
      Optional<Checkpoints> checkpoints,
      Duration stallLimit,
      boolean integrity,
      Interception interception,
      Consumer<Replica> fill) {
    Replica replica = job.allocate();
    try {
      fill.accept(replica);
      return new ReadyRun(
          job, replica, devices(job, nodes), checkpoints, stallLimit, integrity, interception);
    } catch (RuntimeException e) {
      replica.close();
      throw e;
    }
  }

  /** Fills a replica from a checkpoint or, without one, with initial weights. */
  static void begin(Job job, Replica replica, Optional<Checkpoint> from) {
    from.ifPresentOrElse(
        checkpoint -> new Restore(job, replica).from(checkpoint), () -> initialise(job, replica));
  }

  private static void initialise(Job job, Replica replica) {
    for (Place place : replica.layout().places()) {
      Initial.fill(
          place.tensor(),
          job.settings().seed(),
          replica.committed().weights().view(place.from(), place.size()));
    }
    replica.restore(0);
  }

  private static List<Device> devices(Job job, int nodes) {
    var settings = job.settings();
    int share = Math.max(1, Devices.automatic(settings.threadsPerDevice()) / nodes);
    int automatic = Math.min(settings.lanes(), share);
    int count = settings.devices() == 0 ? automatic : settings.devices();
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      devices.add(Devices.cpu(i, settings.threadsPerDevice()));
    }
    return devices;
  }

  @Override
  public RunContext context() {
    return context;
  }

  @Override
  public List<Device> devices() {
    return devices;
  }

  @Override
  public Map<String, String> identity() {
    return job.identity().entries();
  }

  @Override
  public String machine() {
    return Devices.machine();
  }

  @Override
  public String weightsSha256() {
    return WeightsDigest.sha256(ReplicaTensors.model(replica));
  }

  /** The last committed step. */
  long step() {
    return replica.step();
  }

  /** Where the first device's time has gone, after the run. */
  List<Timing> timings() {
    return timings;
  }

  @Override
  public void close(List<Timing> ofFirstDevice) {
    timings = ofFirstDevice;
    replica.close();
  }

  /** Frees all of a run that the cluster has not taken, devices included. */
  void abandon() {
    devices.forEach(Device::close);
    close(List.of());
  }
}
