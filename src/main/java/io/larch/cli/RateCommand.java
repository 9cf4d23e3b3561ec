package io.larch.cli;

import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.optim.RateCurve;
import io.larch.optim.Schedule;
import io.larch.reduce.Timetable;
import io.larch.run.RatePlan;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "lr",
    mixinStandardHelpOptions = true,
    description = "Draws the learning rate over a run.")
final class RateCommand implements Runnable {
  private static final int COLUMNS = 66;
  private static final int ROWS = 16;

  @Parameters(
      arity = "0..1",
      paramLabel = "RUN.conf",
      description = "The run file; without one, the default run.")
  private Path runFile;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  RateCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    RunSettings settings = RunFile.load(Optional.ofNullable(runFile), options.overrides());
    RatePlan plan = RatePlan.of(settings);
    Timetable timetable = plan.timetable();
    Schedule schedule = plan.schedule();
    RateCurve curve =
        RateCurve.sample(schedule, timetable.lastStep(), timetable.stepsPerEpoch(), COLUMNS);
    curve.plot(ROWS).forEach(output::say);
    output.say(
        "%d steps of %d samples, %.4g an epoch; peak %.4g after %.4g steps of warm-up"
            .formatted(
                timetable.lastStep(),
                settings.globalBatch(),
                timetable.stepsPerEpoch(),
                schedule.peak(),
                schedule.warmupSteps()));
    result(curve, schedule, timetable);
  }

  private void result(RateCurve curve, Schedule schedule, Timetable timetable) {
    output.result(
        Map.of(
            "curve", curve.rows(),
            "peak", schedule.peak(),
            "warm_up_steps", schedule.warmupSteps(),
            "steps", timetable.lastStep(),
            "steps_per_epoch", timetable.stepsPerEpoch()));
  }
}
