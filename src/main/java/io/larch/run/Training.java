package io.larch.run;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.checkpoint.WeightsDigest;
import io.larch.cluster.Interception;
import io.larch.cluster.LocalCluster;
import io.larch.cluster.RunContext;
import io.larch.compute.Device;
import io.larch.compute.Devices;
import io.larch.compute.Timing;
import io.larch.config.RunSettings;
import io.larch.model.Initial;
import io.larch.model.Layout.Place;
import io.larch.observe.Event;
import io.larch.optim.SettingsTable;
import io.larch.reduce.Replica;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Trains a network on this machine, from the run file to the result. */
public final class Training {
  private static final Duration STALL_LIMIT = Duration.ofMinutes(10);

  private final Job job;
  private final Optional<Checkpoints> checkpoints;
  private final Interception interception;
  private final RunTally tally;
  private List<Timing> timings = List.of();

  Training(Job job, Optional<Path> out, Event.Listener listener, Interception interception) {
    this.job = job;
    checkpoints = out.map(folder -> Checkpoints.open(folder, job.settings().checkpoint().keep()));
    this.interception = interception;
    tally = new RunTally(listener);
  }

  /**
   * Trains to the end.
   *
   * @param out where checkpoints go; none are written without
   * @param resume whether to go on from the newest valid checkpoint in {@code out}, if there is one
   * @return the result, which is also the listener's last event
   * @throws io.larch.config.Refusal before work starts, when it cannot be done as asked
   * @throws Failure when it ended otherwise
   */
  public static Event.Result train(
      RunSettings settings, Optional<Path> out, boolean resume, Event.Listener listener) {
    return new Training(Job.open(settings), out, listener, Interception.NONE).train(resume);
  }

  /** Trains from the beginning or from the newest valid checkpoint. */
  Event.Result train(boolean resume) {
    return run(replica -> begin(replica, resume));
  }

  private void begin(Replica replica, boolean resume) {
    Optional<Checkpoint> from =
        resume ? checkpoints.flatMap(c -> c.newestValid(tally::warn)) : Optional.empty();
    from.ifPresentOrElse(
        checkpoint -> new Restore(job, replica).from(checkpoint), () -> initialise(replica));
  }

  /** Runs to the end from the state that {@code fill} gives the replica. */
  Event.Result run(Consumer<Replica> fill) {
    try (Replica replica = job.allocate()) {
      fill.accept(replica);
      run(replica);
      Event.Result result =
          tally.result(job, replica, WeightsDigest.sha256(ReplicaTensors.model(replica)));
      tally.on(result);
      return result;
    }
  }

  private void initialise(Replica replica) {
    for (Place place : replica.layout().places()) {
      Initial.fill(
          place.tensor(),
          job.settings().seed(),
          replica.committed().weights().view(place.from(), place.size()));
    }
    replica.restore(0);
  }

  private void run(Replica replica) {
    List<Device> devices = devices();
    tally.on(
        new Event.Started(
            replica.step(),
            job.timetable().lastStep(),
            job.settings().globalBatch(),
            devices.size(),
            job.network().name(),
            job.network().parameters()));
    tally.on(new Event.Settings(settingsTable()));
    job.data().remarks().forEach(tally::warn);
    try (LocalCluster cluster = new LocalCluster(context(replica), devices, tally)) {
      tally.await();
      timings = cluster.timings();
    }
  }

  private List<String> settingsTable() {
    return SettingsTable.lines(
        job.optimizer(), job.network().layout().places().stream().map(Place::tensor).toList());
  }

  /** Where the first device's time went, after the run. */
  List<Timing> timings() {
    return timings;
  }

  private List<Device> devices() {
    var settings = job.settings();
    int automatic = Math.min(settings.lanes(), Devices.automatic(settings.threadsPerDevice()));
    int count = settings.devices() == 0 ? automatic : settings.devices();
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      devices.add(Devices.cpu(i, settings.threadsPerDevice()));
    }
    return devices;
  }

  private RunContext context(Replica replica) {
    var settings = job.settings();
    return new RunContext(
        settings,
        job.network(),
        job.optimizer(),
        job.schedule(),
        checkpoints.isPresent() ? job.timetable() : job.timetable().withoutCheckpoints(),
        replica,
        job.data().training(settings.seed()),
        job.data().testing(),
        job.data().test().size(),
        new CheckpointArchive(job, checkpoints),
        STALL_LIMIT,
        interception);
  }
}
