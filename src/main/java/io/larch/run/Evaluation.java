package io.larch.run;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.cluster.Interception;
import io.larch.config.RunFile;
import io.larch.observe.Event;
import io.larch.reduce.Replica;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Evaluates what a checkpoint holds on a test set. */
public final class Evaluation {
  private Evaluation() {}

  /**
   * Evaluates on the test set of the checkpoint's own run file, changed by the overrides.
   *
   * @param path a checkpoint, or the folder of a run, whose newest valid one is used
   */
  public static Event.Result evaluate(Path path, List<String> overrides, Event.Listener listener) {
    Checkpoint checkpoint = Checkpoints.find(path, text -> listener.on(new Event.Warning(text)));
    Job job = Job.open(RunFile.load(Optional.of(checkpoint.runFile()), overrides));
    Job evaluation = job.forEvaluation(checkpoint.position().step());
    return new Training(evaluation, Optional.empty(), listener, Interception.NONE)
        .run(replica -> fill(checkpoint, replica));
  }

  private static void fill(Checkpoint checkpoint, Replica replica) {
    checkpoint.readModel(ReplicaTensors.model(replica));
    replica.restore(checkpoint.position().step());
  }
}
