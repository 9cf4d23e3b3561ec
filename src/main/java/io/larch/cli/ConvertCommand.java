package io.larch.cli;

import io.larch.checkpoint.Checkpoint;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.run.Conversion;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = "Weights to and from a safetensors file under torchvision's names, for PyTorch.")
final class ConvertCommand implements Runnable {
  @Parameters(
      paramLabel = "CHECKPOINT|RUN.conf",
      description =
          "With --to, a folder step-NNNNNNNN or a run's output folder; with --from, the run file that names network and data.")
  private Path path;

  @ArgGroup(multiplicity = "1")
  private Direction direction;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "With --from: folder for the checkpoint of step 0, to be resumed or evaluated.")
  private Path out;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  ConvertCommand(Streams streams) {
    output = new Output(streams);
  }

  /** One of two ways. */
  private static final class Direction {
    @Option(
        names = "--to",
        paramLabel = "FILE",
        required = true,
        description = "Writes a checkpoint's weights to this file.")
    private Path to;

    @Option(
        names = "--from",
        paramLabel = "FILE",
        required = true,
        description = "Begins a run from the weights of this file.")
    private Path from;
  }

  @Override
  public void run() {
    InternalAccess.require();
    if (direction.to == null) {
      begin(direction.from);
    } else {
      Checkpoint checkpoint = Conversion.toTorch(path, direction.to, output::warn);
      report(checkpoint.folder(), direction.to);
    }
  }

  private void begin(Path file) {
    if (out == null) {
      throw new Refusal("--from needs --out DIR, the folder for the checkpoint it makes.");
    }
    Path made =
        Conversion.fromTorch(file, RunFile.load(Optional.of(path), options.overrides()), out);
    report(file, made);
  }

  private void report(Path from, Path to) {
    output.say(from + " → " + to);
    output.result(Map.of("from", from.toString(), "to", to.toString()));
  }
}
