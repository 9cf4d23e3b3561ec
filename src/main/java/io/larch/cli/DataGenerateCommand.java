package io.larch.cli;

import io.larch.config.Refusal;
import io.larch.data.DataSet;
import io.larch.data.Glyphs;
import io.larch.data.IdxWriter;
import io.larch.run.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = "Writes the generated data set glyphs as IDX files.")
final class DataGenerateCommand implements Runnable {
  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to write to.")
  private Path out;

  @Option(
      names = "--train",
      defaultValue = "" + Glyphs.TRAIN_SAMPLES,
      description = "Training samples; by default ${DEFAULT-VALUE}.")
  private int train;

  @Option(
      names = "--test",
      defaultValue = "" + Glyphs.TEST_SAMPLES,
      description = "Test samples; by default ${DEFAULT-VALUE}.")
  private int test;

  @Option(names = "--plain", description = "Do not compress.")
  private boolean plain;

  @Mixin private final Output output;

  DataGenerateCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    if (train < 1 || test < 1) {
      throw new Refusal("--train %d and --test %d must be at least 1.".formatted(train, test));
    }
    DataSet training = Glyphs.train(train);
    write(training);
    output.say(
        "%d + %d samples of %d classes in %s".formatted(train, test, training.classes(), out));
    output.result(
        Map.of(
            "train_samples",
            train,
            "test_samples",
            test,
            "classes",
            training.classes(),
            "folder",
            out.toString()));
  }

  private void write(DataSet training) {
    try {
      Files.createDirectories(out);
      IdxWriter.write(out, training, Glyphs.test(test), !plain);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.FAILED,
          "Cannot write the data set to %s: %s. Name another folder with --out."
              .formatted(out.toAbsolutePath(), e),
          e);
    }
  }
}
