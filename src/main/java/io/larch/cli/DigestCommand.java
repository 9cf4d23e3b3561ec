package io.larch.cli;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "digest",
    mixinStandardHelpOptions = true,
    description = "Prints the SHA-256 of a checkpoint's weights, computed from their values.")
final class DigestCommand implements Runnable {
  @Parameters(
      paramLabel = "CHECKPOINT",
      description = "A folder step-NNNNNNNN, or a run's output folder for the newest valid one.")
  private Path path;

  @Mixin private final Output output;

  DigestCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    Checkpoint checkpoint = Checkpoints.find(path, output::warn);
    String digest = checkpoint.weightsSha256();
    output.say(digest + "  " + checkpoint.folder());
    output.result(Map.of("weights_sha256", digest, "step", checkpoint.position().step()));
  }
}
