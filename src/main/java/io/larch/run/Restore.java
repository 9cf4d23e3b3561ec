package io.larch.run;

import io.larch.checkpoint.Checkpoint;
import io.larch.config.Refusal;
import io.larch.config.RunIdentity;
import io.larch.config.RunIdentity.Difference;
import io.larch.reduce.Replica;
import java.util.List;
import java.util.stream.Collectors;

/** Takes a run up where a checkpoint left it. */
record Restore(Job job, Replica replica) {

  /** Fills the replica; refuses a checkpoint of another run. */
  void from(Checkpoint checkpoint) {
    refuseOtherRun(checkpoint);
    checkpoint.readModel(ReplicaTensors.model(replica));
    checkpoint.readOptimizer(ReplicaTensors.optimizer(replica, job.optimizer().buffers()));
    replica.restore(checkpoint.position().step());
  }

  private void refuseOtherRun(Checkpoint checkpoint) {
    RunIdentity saved = new RunIdentity(checkpoint.position().identity());
    List<Difference> differences = job.identity().differences(saved);
    if (!differences.isEmpty()) {
      throw new Refusal(
          "The checkpoint %s is of another run, so going on would not give that run's bits: %s. Resume with the settings of the run.conf beside it, or train into another folder."
              .formatted(
                  checkpoint.folder(),
                  differences.stream()
                      .map(Difference::toString)
                      .collect(Collectors.joining("; "))));
    }
  }
}
