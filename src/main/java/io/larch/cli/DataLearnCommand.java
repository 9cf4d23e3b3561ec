package io.larch.cli;

import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.data.ParallelText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "learn-subwords",
    mixinStandardHelpOptions = true,
    description =
        "Learns the byte pairs and the vocabulary of a run's sentences, and writes them as subword-nmt does.")
final class DataLearnCommand implements Runnable {
  @Parameters(paramLabel = "RUN.conf", description = "The run file that names the sentences.")
  private Path runFile;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where codes.bpe and vocabulary.txt go.")
  private Path out;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  DataLearnCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    RunSettings run = RunFile.load(Optional.of(runFile), options.overrides());
    if (!run.data().isText()) {
      throw new Refusal(
          "The run file %s trains on %s, which holds no sentences."
              .formatted(runFile, run.data().name()));
    }
    ParallelText text = ParallelText.open(run.data());
    text.countedFiles(run.data()).forEach(this::write);
    output.say(
        "%d byte pairs and %d subwords in %s"
            .formatted(
                text.report().merges(), text.subwords().vocabulary().subwords().size(), out));
    output.result(
        Map.of(
            "merges", text.report().merges(),
            "vocabulary", text.report().vocabulary()));
  }

  private void write(String name, List<String> lines) {
    Path file = out.resolve(name);
    if (Files.exists(file)) {
      throw new Refusal("%s exists; name another folder with --out.".formatted(file));
    }
    try {
      Files.createDirectories(out);
      Files.writeString(file, String.join("\n", lines) + "\n");
    } catch (IOException e) {
      throw new Refusal("%s cannot be written: %s".formatted(file, e), e);
    }
  }
}
