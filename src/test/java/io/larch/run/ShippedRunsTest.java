package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.model.Networks;
import io.larch.optim.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The run files that come along; their data need not be there. */
class ShippedRunsTest {
  private static final Path FOLDER = Path.of("cluster-configs");
  private static final int IMAGENET = 1_281_167;
  private static final int WMT16 = 3_534_981;

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !ShippedNodesTest.isNode(file))
          .sorted()
          .toList();
    }
  }

  private static RunSettings load(Path file, String... more) {
    return RunFile.load(Optional.of(file), List.of(more));
  }

  @ParameterizedTest
  @MethodSource("files")
  void shouldNameANetworkAndAScheduleThatExist(Path file) {
    RunSettings run = load(file);
    String model = run.model().name();
    assertTrue(
        Networks.build(run.model(), Networks.usualInput(model), Networks.usualClasses(model))
                .parameters()
            > 0);
    Schedule schedule = Schedule.of(run.schedule(), run.globalBatch(), 100, 10_000);
    assertTrue(schedule.peak() > 0);
  }

  @ParameterizedTest
  @CsvSource({
    "lars, 32768, 40, 12",
    "mlperf, 32768, 21.2, 16",
    "mlperf, 65536, 24.699, 31",
    "alexnet-lars, 16384, 14, 2",
    "alexnet-bn-lars, 32768, 22, 5"
  })
  void shouldTakeTheRowsOfTheTables(String recipe, int batch, double rate, double warmup) {
    String network = recipe.contains("alexnet") ? "" : "resnet50-";
    RunSettings run =
        load(
            FOLDER.resolve("imagenet-" + network + recipe + ".conf"),
            "micro-batch=32",
            "global-batch=" + batch,
            "schedule.rate=" + rate,
            "schedule.warm-up=" + warmup);
    Schedule schedule = schedule(run);
    assertEquals(rate, schedule.peak(), 1e-9);
    assertEquals(warmup * IMAGENET / batch, schedule.warmupSteps(), 1e-6);
  }

  /** 0.1 at 256, 3.2 at 8,192 and 25.6 at 65,536; 5 epochs whatever the batch. */
  @ParameterizedTest
  @CsvSource({"256, 0.1", "8192, 3.2", "65536, 25.6"})
  void shouldScaleTheBaselineLinearly(int batch, double rate) {
    RunSettings run = load(FOLDER.resolve("imagenet-resnet50-goyal.conf"), "global-batch=" + batch);
    assertEquals(rate, schedule(run).peak(), 1e-9);
    assertEquals(5.0 * IMAGENET / batch, schedule(run).warmupSteps(), 1e-6);
  }

  /** The ladder of LEGW: 2^4.5 and 5 epochs at 16,384, twice the epochs at 32,768. */
  @ParameterizedTest
  @CsvSource({"1024, 5.656854, 0.3125", "16384, 22.627417, 5", "32768, 32, 10"})
  void shouldClimbTheLadderOfLegw(int batch, double rate, double warmup) {
    RunSettings run =
        load(FOLDER.resolve("imagenet-resnet50-v2-legw.conf"), "global-batch=" + batch);
    assertEquals(rate, schedule(run).peak(), 1e-4);
    assertEquals(warmup * IMAGENET / batch, schedule(run).warmupSteps(), 1e-6);
  }

  /** 10⁻³ at 256 and 4 · 10⁻³ at 4,096, both after 200 steps. */
  @ParameterizedTest
  @CsvSource({"256, 0.001", "1024, 0.002", "4096, 0.004"})
  void shouldScaleTranslationByLegw(int batch, double rate) {
    RunSettings run = load(FOLDER.resolve("wmt16-gnmt-legw.conf"), "global-batch=" + batch);
    Schedule schedule = Schedule.of(run.schedule(), batch, (double) WMT16 / batch, 30_000);
    assertEquals(rate, schedule.peak(), 1e-12);
    assertEquals(200, schedule.warmupSteps(), 0.5);
    assertEquals(rate / 100, schedule.rate(1), 1e-12);
  }

  @Test
  void shouldGiveTheLargeBatchOnMulti30kTheSameEpochsAndTheRateOfLegw() {
    RunSettings small = load(FOLDER.resolve("multi30k.conf"));
    RunSettings large = load(FOLDER.resolve("multi30k-8x.conf"));
    assertEquals(8 * small.globalBatch(), large.globalBatch());
    assertEquals(small.epochs(), large.epochs());
    assertEquals(small.data(), large.data());
    Schedule before = Schedule.of(small.schedule(), 32, 906.25, 12_688);
    Schedule after = Schedule.of(large.schedule(), 256, 906.25 / 8, 1_586);
    assertEquals(Math.sqrt(8) * before.peak(), after.peak(), 1e-12);
    assertEquals(before.warmupSteps(), after.warmupSteps(), 1e-9);
  }

  private static Schedule schedule(RunSettings run) {
    double stepsPerEpoch = (double) IMAGENET / run.globalBatch();
    return Schedule.of(
        run.schedule(), run.globalBatch(), stepsPerEpoch, Math.round(run.epochs() * stepsPerEpoch));
  }
}
