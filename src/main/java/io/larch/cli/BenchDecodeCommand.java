package io.larch.cli;

import io.larch.config.Refusal;
import io.larch.data.DecodeBenchmark;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "decode",
    mixinStandardHelpOptions = true,
    description = "Measures reading pictures: decode, random resized crop, flip, normalise.")
final class BenchDecodeCommand implements Runnable {
  @Parameters(paramLabel = "DIR", description = "Folder with JPEG and PNG files at any depth.")
  private Path folder;

  @Option(
      names = "--threads",
      defaultValue = "1",
      description = "Threads that decode; by default ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "Length of the measurement; by default ${DEFAULT-VALUE}.")
  private int seconds;

  @Mixin private final Output output;

  BenchDecodeCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    if (threads < 1 || seconds < 1) {
      throw new Refusal(
          "--threads %d and --seconds %d must be at least 1.".formatted(threads, seconds));
    }
    DecodeBenchmark.Rate rate = DecodeBenchmark.run(folder, threads, Duration.ofSeconds(seconds));
    output.say(
        "%.0f images/s on %d threads, of %d pictures"
            .formatted(rate.imagesPerSecond(), threads, rate.pictures()));
    output.result(
        Map.of(
            "images_per_second", rate.imagesPerSecond(),
            "threads", threads,
            "pictures", rate.pictures()));
  }
}
