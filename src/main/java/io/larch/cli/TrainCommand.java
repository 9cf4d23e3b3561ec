package io.larch.cli;

import io.larch.checkpoint.Checkpoints;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.run.Training;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Trains a network on this machine.")
final class TrainCommand implements Runnable {
  @Parameters(
      arity = "0..1",
      paramLabel = "RUN.conf",
      description = "The run file; without one, lenet on generated glyphs by LARS.")
  private Path runFile;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for checkpoints; none are written without.")
  private Path out;

  @Option(
      names = "--resume",
      description =
          "Go on from the newest valid checkpoint in --out, by default with the run file beside it.")
  private boolean resume;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "1",
      description = "Processes on this machine that train together; by default ${DEFAULT-VALUE}.")
  private int nodes;

  @Option(
      names = "--timeline",
      paramLabel = "FILE",
      description =
          "Write what every thread of all nodes does, in the Chrome trace format (Perfetto opens it).")
  private Path timeline;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  TrainCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    InternalAccess.require();
    checkOut();
    RunSettings settings = RunFile.load(runFile(), options.overrides());
    output.follow(
        listener ->
            Training.train(
                settings,
                nodes,
                Optional.ofNullable(out),
                Optional.ofNullable(timeline),
                resume,
                listener));
  }

  private void checkOut() {
    if (nodes < 1) {
      throw new Refusal("--nodes is " + nodes + "; it must be 1 or more.");
    }
    if (resume && out == null) {
      throw new Refusal("--resume needs --out DIR, the folder of the checkpoints to go on from.");
    }
    if (!resume && out != null) {
      Checkpoints.refuseOccupied(out);
    }
  }

  private Optional<Path> runFile() {
    return runFile == null && resume
        ? Optional.of(Checkpoints.find(out, skipped -> {}).runFile())
        : Optional.ofNullable(runFile);
  }
}
