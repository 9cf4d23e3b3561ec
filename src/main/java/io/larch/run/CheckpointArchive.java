package io.larch.run;

import io.larch.checkpoint.CheckpointNotWritten;
import io.larch.checkpoint.Checkpoints;
import io.larch.checkpoint.Position;
import io.larch.cluster.Archive;
import io.larch.reduce.Replica;
import java.util.Map;
import java.util.Optional;

/** Writes the replica's committed state as checkpoints of a run. */
final class CheckpointArchive implements Archive {
  private final Job job;
  private final Optional<Checkpoints> checkpoints;

  CheckpointArchive(Job job, Optional<Checkpoints> checkpoints) {
    this.job = job;
    this.checkpoints = checkpoints;
  }

  @Override
  public String write(Replica replica) {
    try {
      return checkpoints
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "this node has no folder for them; set larch.out in its node file"))
          .write(
              position(replica.step()),
              job.runFile(),
              job.data().source().files(),
              ReplicaTensors.model(replica),
              ReplicaTensors.optimizer(replica, job.optimizer().buffers()))
          .toString();
    } catch (CheckpointNotWritten e) {
      throw new Failure(Failure.Kind.FAILED, e.getMessage(), e);
    }
  }

  private Position position(long step) {
    return new Position(
        step,
        job.timetable().epoch(step),
        step * job.settings().globalBatch(),
        job.settings().seed(),
        job.settings().lanes(),
        job.identity().entries(),
        job.data().source().classNames(),
        versions());
  }

  private static Map<String, String> versions() {
    String larch = Training.class.getPackage().getImplementationVersion();
    return Map.of(
        "larch", larch == null ? "unpackaged" : larch, "java", Runtime.version().toString());
  }
}
