package io.larch.run;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.cluster.Interception;
import io.larch.config.DataSettings;
import io.larch.config.RunFile;
import io.larch.config.RunIdentity;
import io.larch.config.RunSettings;
import io.larch.data.ParallelText;
import io.larch.observe.Event;
import io.larch.reduce.Replica;
import io.larch.text.Subwords;
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
    Job job = open(checkpoint, RunFile.load(Optional.of(checkpoint.runFile()), overrides));
    otherData(checkpoint, job).ifPresent(text -> listener.on(new Event.Warning(text)));
    Job evaluation = job.forEvaluation(checkpoint.position().step());
    return new Training(evaluation, Optional.empty(), listener, Interception.NONE)
        .run(replica -> fill(checkpoint, replica));
  }

  /** Sentences are cut as those that it was trained on. */
  private static Job open(Checkpoint checkpoint, RunSettings settings) {
    DataSettings data = settings.data();
    if (!data.isText()) {
      return Job.open(settings);
    }
    Subwords subwords = ParallelText.subwords(checkpoint.texts(), data.text());
    return Job.over(settings, ParallelText.open(data, subwords));
  }

  /** Classes are numbered and pixels normalised by the data that are there. */
  private static Optional<String> otherData(Checkpoint checkpoint, Job job) {
    return job.identity().differences(new RunIdentity(checkpoint.position().identity())).stream()
        .filter(difference -> difference.key().equals(RunIdentity.FINGERPRINT))
        .map(
            difference ->
                "The data set here is not the one that %s was trained on (%s). The score means something only if what differs is the test set: classes are numbered, and pictures normalised, by the training set here."
                    .formatted(checkpoint.folder(), difference))
        .findFirst();
  }

  private static void fill(Checkpoint checkpoint, Replica replica) {
    checkpoint.readModel(ReplicaTensors.model(replica));
    replica.restore(checkpoint.position().step());
  }
}
