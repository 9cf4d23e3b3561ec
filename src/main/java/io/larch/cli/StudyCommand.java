package io.larch.cli;

import io.larch.config.RunSettings;
import io.larch.config.StudyFile;
import io.larch.config.StudySettings;
import io.larch.run.StudyRuns;
import io.larch.study.Estimate;
import io.larch.study.Outcome;
import io.larch.study.Outcomes;
import io.larch.study.Report;
import io.larch.study.Row;
import io.larch.study.Study;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    description = {
      "Compares recipes at several batch sizes: searches the rate of each, then repeats the best by several seeds.",
      "Each run that has ended is kept in --out; the same command goes on with those that are missing."
    })
final class StudyCommand implements Runnable {
  @Parameters(
      paramLabel = "STUDY.conf",
      description = "The study file: a run file with a group larch.study.")
  private Path file;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the runs and the report.")
  private Path out;

  @Option(names = "--estimate", description = "Only say how long it will take.")
  private boolean estimateOnly;

  @Option(
      names = "--report",
      description = "Only write the report, of the runs that have ended so far.")
  private boolean reportOnly;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  private int ended;
  private int broken;

  StudyCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    InternalAccess.require();
    StudySettings settings = StudyFile.load(file, options.overrides());
    Outcomes outcomes = Outcomes.open(out.resolve("runs"));
    Study study = new Study(settings, outcomes);
    Estimate estimate = null;
    if (!reportOnly) {
      StudyRuns runs = new StudyRuns(settings, outcomes);
      estimate = runs.estimate();
      tell(estimate);
      if (!estimateOnly) {
        int missing = estimate.runs();
        runs.train(outcome -> tell(outcome, missing));
      }
    }
    if (!estimateOnly) {
      report(settings, study);
    }
    output.result(result(study, estimate));
  }

  private void tell(Estimate estimate) {
    output.row(
        "estimate",
        estimate,
        () ->
            String.format(
                Locale.ROOT,
                "%d runs are to be done: about %s, at the %.0f samples a second measured now",
                estimate.runs(),
                estimate.time(),
                estimate.samplesPerSecond()));
  }

  private void tell(Outcome outcome, int missing) {
    ended++;
    broken += outcome.isFinished() ? 0 : 1;
    output.row(
        "run",
        values(outcome),
        () ->
            String.format(
                Locale.ROOT,
                "%d/%d  %s at %d, rate %s, seed %d: %s in %.1f s",
                ended,
                missing,
                outcome.recipe(),
                outcome.batch(),
                outcome.rate(),
                outcome.seed(),
                outcome.isFinished()
                    ? String.format(Locale.ROOT, "%.2f", outcome.score())
                    : outcome.status() + ", " + outcome.reason(),
                outcome.seconds()));
  }

  private static Map<String, Object> values(Outcome outcome) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("recipe", outcome.recipe());
    values.put("batch", outcome.batch());
    values.put("rate", outcome.rate());
    values.put("seed", outcome.seed());
    values.put("status", outcome.status().toString());
    values.put("reason", outcome.reason());
    values.put("score", outcome.score());
    values.put("seconds", outcome.seconds());
    return values;
  }

  private void report(StudySettings settings, Study study) {
    Report report = new Report(title(), conditions(settings), score(settings), study.rows());
    report.write(out);
    output.say("");
    report.markdown().lines().forEach(output::say);
    output.say("");
    output.say("report: " + out.resolve("report.html"));
  }

  private String title() {
    return "Study " + file.getFileName().toString().replaceFirst("\\.conf$", "");
  }

  private static String score(StudySettings settings) {
    RunSettings run = run(settings);
    return run.data().isText() && run.evaluate().beam().width() > 0
        ? "BLEU on the test set"
        : "top-1 accuracy on the test set in percent";
  }

  private static RunSettings run(StudySettings settings) {
    return settings.pairs().get(0).candidates().get(0).repeats().get(0).run();
  }

  /** What all runs have in common, and how the rates were found. */
  private static List<String> conditions(StudySettings settings) {
    RunSettings run = run(settings);
    RunSettings search = settings.pairs().get(0).candidates().get(0).search().run();
    return List.of(
        "%s on %s, %s epochs, %s, %d lanes; seeds %s."
            .formatted(
                run.model().name(),
                run.data().name(),
                run.epochs(),
                run.precision().name().toLowerCase(Locale.ROOT),
                run.lanes(),
                settings.seeds()),
        "Rates are searched with seed %d on %s and compared by the score on the test set, which is therefore a little flattered, for all recipes alike; a rate is good within %s points of the best."
            .formatted(
                settings.seeds().get(0),
                samples(search.data().trainSamples()),
                settings.goodPoints()),
        "Final runs train on %s.".formatted(samples(run.data().trainSamples())));
  }

  private static String samples(int limit) {
    return limit == 0 ? "all training samples" : "%d training samples".formatted(limit);
  }

  private Map<String, Object> result(Study study, Estimate estimate) {
    Map<String, Object> values = new LinkedHashMap<>();
    List<Row> rows = study.rows();
    values.put("rows", rows.size());
    values.put("ended", ended);
    values.put("broken", broken);
    values.put("missing", study.ahead().size());
    values.put("estimated_seconds", estimate == null ? null : estimate.seconds());
    return values;
  }
}
