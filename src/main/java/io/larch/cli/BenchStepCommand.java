package io.larch.cli;

import io.larch.compute.Devices;
import io.larch.compute.Timing;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.run.StepBenchmark;
import io.larch.run.StepProfile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "step",
    mixinStandardHelpOptions = true,
    description = "Measures whole training steps on random data in memory.")
final class BenchStepCommand implements Runnable {
  @Option(names = "--model", defaultValue = "lenet", description = "By default ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--dtype",
      defaultValue = "f32",
      paramLabel = "f32|bf16",
      description = "By default ${DEFAULT-VALUE}.")
  private String precision;

  @Option(
      names = "--micro-batch",
      defaultValue = "128",
      description = "Samples a lane; by default ${DEFAULT-VALUE}.")
  private int microBatch;

  @Option(
      names = "--threads",
      defaultValue = "1",
      description = "Threads a device; by default ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--devices",
      description = "By default as many as the cores give teams of threads.")
  private Integer devices;

  @Option(
      names = "--steps",
      defaultValue = "20",
      description = "Steps measured, after warm-up; by default ${DEFAULT-VALUE}.")
  private int steps;

  @Option(names = "--profile", description = "Tell where the time goes.")
  private boolean profile;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  BenchStepCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    Numbers.requirePositive("--steps", steps);
    InternalAccess.require();
    RunSettings settings = RunFile.load(Optional.empty(), overrides());
    StepBenchmark.Rates rates = StepBenchmark.measure(settings, steps, profile);
    rates.profile().ifPresent(this::tell);
    output.say(
        "%s %s, global batch %d on %d × %d threads: %.1f %s/s (best %.1f, worst %.1f)%s%s"
            .formatted(
                model,
                precision,
                settings.globalBatch(),
                devices(),
                threads,
                rates.imagesPerSecond(),
                rates.tokensPerSecond() == null ? "images" : "pairs",
                rates.best(),
                rates.worst(),
                told(", %.0f target words/s", rates.tokensPerSecond()),
                told(", at most %.0f MB in memory", megabytes(rates.peakRssBytes()))));
    output.result(values(rates));
  }

  private static String told(String format, Double value) {
    return value == null ? "" : format.formatted(value);
  }

  private static Double megabytes(Long bytes) {
    return bytes == null ? null : bytes / 1e6;
  }

  /** What took longest comes first; then the same by what was done, and by kind of layer. */
  private void tell(StepProfile measured) {
    List<Timing> timings = measured.timings();
    long all = timings.stream().mapToLong(Timing::nanoseconds).sum();
    timings.stream()
        .sorted(Comparator.comparingLong(Timing::nanoseconds).reversed())
        .forEach(timing -> row(timing, measured.reached(timing), all));
    kinds(timings)
        .forEach(
            (kind, time) -> row(new Timing("all", kind, "", 0, time), OptionalDouble.empty(), all));
    measured.parts().forEach(part -> row(part, all));
    output.row(
        "possible",
        Map.of("gflops_per_second", measured.possible()),
        () -> "A device reaches %.0f GFLOP/s at most.".formatted(measured.possible()));
  }

  private static Map<String, Long> kinds(List<Timing> timings) {
    Map<String, Long> kinds = new TreeMap<>();
    timings.forEach(timing -> kinds.merge(timing.kind(), timing.nanoseconds(), Long::sum));
    return kinds;
  }

  private void row(Timing timing, OptionalDouble reached, long all) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("layer", timing.layer());
    values.put("kind", timing.kind());
    values.put("implementation", timing.implementation());
    values.put("calls", timing.calls());
    values.put("nanoseconds", timing.nanoseconds());
    values.put("gflops_per_second", reached.isPresent() ? reached.getAsDouble() : null);
    output.row(
        "timing",
        values,
        () ->
            line(timing.layer(), timing.kind(), timing.nanoseconds(), all, reached)
                + timing.implementation());
  }

  private void row(StepProfile.Part part, long all) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("kind", part.kind());
    values.put("nanoseconds", part.nanoseconds());
    OptionalDouble reached = part.reached();
    values.put("gflops_per_second", reached.isPresent() ? reached.getAsDouble() : null);
    output.row(
        "layers", values, () -> line("layers", part.kind(), part.nanoseconds(), all, reached));
  }

  private static String line(
      String layer, String kind, long nanoseconds, long all, OptionalDouble reached) {
    return "%-21s %-32s %10.2f ms %5.1f %% %-16s"
        .formatted(
            layer,
            kind,
            nanoseconds / 1e6,
            100.0 * nanoseconds / all,
            reached.isPresent() ? "%6.0f GFLOP/s".formatted(reached.getAsDouble()) : "");
  }

  private List<String> overrides() {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "model=" + model,
                "precision=" + precision,
                "micro-batch=" + microBatch,
                "micro-batches-per-lane=1",
                "lanes=" + lanes(),
                "devices=" + devices(),
                "threads-per-device=" + threads));
    overrides.addAll(options.overrides());
    return overrides;
  }

  private int devices() {
    return devices == null ? Devices.automatic(Math.max(1, threads)) : devices;
  }

  /** The least power of two that gives each device a lane. */
  private int lanes() {
    return Integer.highestOneBit(Math.max(1, 2 * devices() - 1));
  }

  private static Map<String, Object> values(StepBenchmark.Rates rates) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("images_per_second", rates.imagesPerSecond());
    values.put("tokens_per_second", rates.tokensPerSecond());
    values.put("best", rates.best());
    values.put("worst", rates.worst());
    values.put("peak_rss_bytes", rates.peakRssBytes());
    return values;
  }
}
