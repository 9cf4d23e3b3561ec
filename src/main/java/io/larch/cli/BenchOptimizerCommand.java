package io.larch.cli;

import io.larch.optim.UpdateBenchmark;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "optimizer",
    mixinStandardHelpOptions = true,
    description = "Measures the LARS update beside a plain copy of memory.")
final class BenchOptimizerCommand implements Runnable {
  @Option(
      names = "--params",
      defaultValue = "25557032",
      description = "Parameters; by default ${DEFAULT-VALUE}, as ResNet-50 has.")
  private long parameters;

  @Option(
      names = "--repeats",
      defaultValue = "20",
      description = "Updates measured; by default ${DEFAULT-VALUE}.")
  private int repeats;

  @Mixin private final Output output;

  BenchOptimizerCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    Numbers.requirePositive("--params", parameters);
    Numbers.requirePositive("--repeats", repeats);
    UpdateBenchmark.Result result = UpdateBenchmark.run(parameters, repeats);
    output.say(
        "%d parameters in %.2f ms: %.1f GB/s; a copy moves %.1f GB/s"
            .formatted(
                parameters, result.milliseconds(), result.gbPerSecond(), result.copyGbPerSecond()));
    output.result(
        Map.of(
            "gb_per_second", result.gbPerSecond(),
            "copy_gb_per_second", result.copyGbPerSecond(),
            "milliseconds", result.milliseconds()));
  }
}
