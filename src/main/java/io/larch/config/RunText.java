package io.larch.config;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import io.larch.config.OptimizerSettings.Exclude;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The settings of a run as keys of a run file and their values in HOCON, in a fixed order. */
final class RunText {
  private final Map<String, String> values = new LinkedHashMap<>();

  private RunText() {}

  static Map<String, String> of(RunSettings run) {
    RunText writer = new RunText();
    writer.run(run);
    writer.model(run.model());
    writer.data(run.data());
    writer.optimizer(run.optimizer());
    writer.schedule(run.schedule());
    writer.put("evaluate.every-epochs", run.evaluate().everyEpochs());
    writer.put("evaluate.at-end", run.evaluate().atEnd());
    writer.put("evaluate.beam", run.evaluate().beam().width());
    writer.put("evaluate.length-penalty", run.evaluate().beam().lengthPenalty());
    writer.put("evaluate.coverage-penalty", run.evaluate().beam().coveragePenalty());
    writer.put("checkpoint.every-epochs", run.checkpoint().everyEpochs());
    writer.put("checkpoint.every-steps", run.checkpoint().everySteps());
    writer.put("checkpoint.keep", run.checkpoint().keep());
    return writer.values;
  }

  private void run(RunSettings run) {
    put("seed", run.seed());
    put("lanes", run.lanes());
    put("micro-batch", run.microBatch());
    put("micro-batches-per-lane", run.microBatchesPerLane());
    put("epochs", run.epochs());
    put("steps", run.steps().isPresent() ? run.steps().getAsLong() : "null");
    put("threads-per-device", run.threadsPerDevice());
    put("devices", run.devices() == 0 ? "auto" : run.devices());
    put("slice-bytes", run.sliceBytes());
    put("precision", Keys.spelled(run.precision()));
    put("wire", Keys.spelled(run.wire()));
    put("determinism", Keys.spelled(run.determinism()));
    put("non-finite", Keys.spelled(run.nonFinite()));
  }

  private void model(ModelSettings model) {
    put("model.name", quoted(model.name()));
    put("model.label-smoothing", model.labelSmoothing());
    Map<String, ConfigValue> sorted = new TreeMap<>();
    model.options().entrySet().forEach(option -> sorted.put(option.getKey(), option.getValue()));
    sorted.forEach(
        (key, value) -> put("model." + key, value.render(ConfigRenderOptions.concise())));
  }

  private void data(DataSettings data) {
    put("data.name", data.name());
    put("data.path", quoted(data.path()));
    put("data.train-samples", data.trainSamples());
    put("data.test-samples", data.testSamples());
    put("data.pad-crop", data.padCrop());
    put("data.flip", data.flip());
    put("data.label-base", data.labelBase());
    pictures(data.pictures());
    text(data.text());
  }

  private void text(TextSettings text) {
    put("data.text.train", list(text.train()));
    put("data.text.test", list(text.test()));
    put("data.text.form", Keys.spelled(text.form()));
    put("data.text.merges", text.merges());
    put("data.text.codes", quoted(text.codes()));
    put("data.text.vocabulary", quoted(text.vocabulary()));
    put("data.text.max-length", text.maxLength());
    put("data.text.buckets", text.buckets());
  }

  private void pictures(PictureSettings pictures) {
    put("data.augment", Keys.spelled(pictures.augment()));
    put("data.image-size", pictures.imageSize());
    put("data.resize", pictures.resize());
    put("data.color-jitter", pictures.colorJitter());
    put("data.mean", pictures.mean());
    put("data.deviation", pictures.deviation());
    put("data.mean-image", quoted(pictures.meanImage()));
    put("data.damaged", Keys.spelled(pictures.damaged()));
    put("data.threads", pictures.threads() == 0 ? "auto" : pictures.threads());
  }

  private void optimizer(OptimizerSettings optimizer) {
    put("optimizer.name", optimizer.name());
    put("optimizer.momentum", optimizer.momentum());
    put("optimizer.nesterov", optimizer.nesterov());
    put("optimizer.weight-decay", optimizer.weightDecay());
    put("optimizer.trust-coefficient", optimizer.trustCoefficient());
    put("optimizer.epsilon", optimizer.epsilon());
    put("optimizer.form", Keys.spelled(optimizer.form()));
    put("optimizer.clip", optimizer.clip());
    put("optimizer.exclude", exclude(optimizer));
    put("optimizer.excluded-ratio", optimizer.excludedRatio());
    put("optimizer.decay-excluded", optimizer.decayExcluded());
    put("optimizer.adam.beta1", optimizer.adam().beta1());
    put("optimizer.adam.beta2", optimizer.adam().beta2());
    put("optimizer.adam.epsilon", optimizer.adam().epsilon());
    put("optimizer.adam.bias-correction", optimizer.adam().biasCorrection());
    put("optimizer.clip-norm", amount(optimizer.clipNorm()));
  }

  private static String amount(OptionalDouble value) {
    return value.isPresent() ? String.valueOf(value.getAsDouble()) : "null";
  }

  private static String exclude(OptimizerSettings optimizer) {
    return optimizer.exclude() == Exclude.PATTERNS
        ? list(optimizer.excludePatterns())
        : Keys.spelled(optimizer.exclude());
  }

  private void schedule(ScheduleSettings schedule) {
    put("schedule.policy", Keys.spelled(schedule.policy()));
    put("schedule.rate", schedule.rate());
    put("schedule.end-rate", schedule.endRate());
    put("schedule.power", schedule.power());
    put("schedule.boundaries", list(schedule.boundaries().stream().map(RunText::length).toList()));
    put("schedule.factor", schedule.factor());
    put("schedule.restart", schedule.restart());
    put("schedule.warm-up", quoted(length(schedule.warmup())));
    put("schedule.warm-up-shape", Keys.spelled(schedule.warmupShape()));
    put("schedule.warm-up-start-rate", schedule.warmupStartRate());
    put("schedule.rule", Keys.spelled(schedule.rule()));
    put("schedule.base-batch", schedule.baseBatch() == 0 ? "null" : schedule.baseBatch());
  }

  private static String length(ScheduleSettings.Length length) {
    return length.value() + " " + Keys.spelled(length.unit());
  }

  private static String list(List<String> values) {
    return values.stream().map(RunText::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  private static String quoted(String value) {
    return ConfigUtil.quoteString(value);
  }

  private void put(String key, Object value) {
    values.put(key, value.toString());
  }
}
