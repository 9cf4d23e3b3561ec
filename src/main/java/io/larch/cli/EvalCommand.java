package io.larch.cli;

import io.larch.run.Evaluation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    description = "Evaluates a checkpoint on the test set of its run.")
final class EvalCommand implements Runnable {
  @Parameters(
      paramLabel = "CHECKPOINT",
      description = "A folder step-NNNNNNNN, or a run's output folder for the newest valid one.")
  private Path checkpoint;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the data set lies here; short for -D data.path=DIR.")
  private Path data;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  EvalCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    InternalAccess.require();
    List<String> overrides = new ArrayList<>(options.overrides());
    if (data != null) {
      overrides.add("data.path=" + data);
    }
    output.follow(listener -> Evaluation.evaluate(checkpoint, overrides, listener));
  }
}
