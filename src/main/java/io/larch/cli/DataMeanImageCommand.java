package io.larch.cli;

import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.data.MeanImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "mean-image",
    mixinStandardHelpOptions = true,
    description = "Computes the mean of a run's training pictures, for larch.data.mean-image.")
final class DataMeanImageCommand implements Runnable {
  @Parameters(
      paramLabel = "RUN.conf",
      description = "The run file that names the pictures and their size.")
  private Path runFile;

  @Option(names = "--out", required = true, paramLabel = "FILE.png", description = "The picture.")
  private Path out;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  DataMeanImageCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    List<String> overrides = new ArrayList<>(options.overrides());
    overrides.add("data.mean-image=");
    RunSettings run = RunFile.load(Optional.of(runFile), overrides);
    int pictures = MeanImage.write(run.data(), out);
    output.say("%s is the mean of %d pictures".formatted(out, pictures));
    output.result(Map.of("pictures", pictures));
  }
}
