package io.larch.config;

import io.larch.config.OptimizerSettings.Exclude;
import io.larch.config.ScheduleSettings.Policy;
import io.larch.config.ScheduleSettings.Rule;
import io.larch.config.ScheduleSettings.WarmupShape;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Turns keys into settings and notes impossible combinations beside wrong values. */
final class Settings {
  private static final List<String> OPTIMIZERS = List.of("lars", "lamb", "adam", "sgd");

  private final Keys keys;

  Settings(Keys keys) {
    this.keys = keys;
  }

  RunSettings run() {
    int lanes = lanes();
    int microBatch = keys.count("micro-batch", 1);
    return new RunSettings(
        keys.whole("seed", n -> true, ""),
        lanes,
        microBatch,
        microBatchesPerLane(lanes, microBatch),
        keys.number("epochs", x -> x > 0 && x < 1e9, "must be more than 0"),
        steps(),
        keys.count("threads-per-device", 1),
        devices(lanes),
        keys.bytes(
            "slice-bytes",
            n -> n % 64 == 0 && n >= 4096 && n <= 256 << 20,
            "must be a multiple of 64 bytes from 4 KiB to 256 MiB"),
        keys.choice("precision", Precision.class),
        keys.choice("wire", Wire.class),
        keys.choice("determinism", Determinism.class),
        keys.choice("non-finite", NonFinite.class),
        model(),
        data(),
        optimizer(),
        schedule(),
        new EvaluateSettings(
            keys.amount("evaluate.every-epochs"), keys.flag("evaluate.at-end"), beam()),
        checkpoint());
  }

  private int lanes() {
    int lanes = keys.count("lanes", 1);
    if (Integer.bitCount(lanes) == 1) {
      return lanes;
    }
    int below = Integer.highestOneBit(lanes);
    keys.problem(
        "lanes", "must be a power of two; the nearest are " + below + " and " + 2L * below);
    return below;
  }

  private int microBatchesPerLane(int lanes, int microBatch) {
    boolean counted = keys.has("micro-batches-per-lane");
    int perLane = counted ? keys.count("micro-batches-per-lane", 1) : 1;
    if (!keys.has("global-batch")) {
      long batch = (long) lanes * microBatch * perLane;
      if (batch > Integer.MAX_VALUE) {
        keys.problem(
            "micro-batch",
            "makes a global batch of " + batch + " samples; at most 2147483647 are possible");
      }
      return perLane;
    }
    if (counted) {
      keys.problem(
          "global-batch",
          "and " + keys.shown("micro-batches-per-lane") + " say the same thing; give one of them");
    }
    return divided(keys.count("global-batch", 1), (long) lanes * microBatch, lanes, microBatch);
  }

  private int divided(int batch, long unit, int lanes, int microBatch) {
    if (batch % unit != 0) {
      long below = batch / unit * unit;
      String nearest =
          below == 0
              ? "the smallest is " + unit
              : "the nearest are " + below + " and " + (below + unit);
      keys.problem(
          "global-batch",
          "must be a multiple of lanes x micro-batch = "
              + lanes
              + " x "
              + microBatch
              + " = "
              + unit
              + "; "
              + nearest);
    }
    return (int) Math.max(1, batch / unit);
  }

  private OptionalLong steps() {
    return keys.has("steps")
        ? OptionalLong.of(keys.whole("steps", n -> n >= 1, "must be a whole number from 1"))
        : OptionalLong.empty();
  }

  private int devices(int lanes) {
    String word = keys.text("devices");
    if (!word.matches("[-+.\\deE]+")) {
      if (!word.equals("auto")) {
        keys.problem("devices", "must be auto or a whole number from 1");
      }
      return 0;
    }
    int devices = keys.count("devices", 1);
    if (devices > lanes) {
      keys.problem(
          "devices",
          "is more than " + keys.shown("lanes") + ": a device without a lane would have no work");
    }
    return devices;
  }

  private ModelSettings model() {
    return new ModelSettings(
        keys.text("model.name"),
        keys.number("model.label-smoothing", x -> x >= 0 && x < 1, "must be in [0, 1)"),
        keys.rest("model"));
  }

  private DataSettings data() {
    String name = keys.word("data.name", DataSettings.NAMES);
    String path = keys.text("data.path");
    if (path.isEmpty() && !name.isEmpty() && !name.equals(DataSettings.GENERATED)) {
      keys.problem("data.path", "must name the folder of the files of " + keys.shown("data.name"));
    }
    DataSettings data =
        new DataSettings(
            name,
            path,
            keys.count("data.train-samples", 0),
            keys.count("data.test-samples", 0),
            keys.count("data.pad-crop", 0),
            keys.flag("data.flip"),
            pictures(),
            keys.count("data.label-base", 0),
            text(name));
    checkUse(data);
    return data;
  }

  /** What the data set would leave aside was meant for another one. */
  private void checkUse(DataSettings data) {
    PictureSettings pictures = data.pictures();
    boolean augments = pictures.augment() != PictureSettings.Augment.NONE;
    if (!data.isEncoded()) {
      String demand = "is for encoded pictures, not for " + keys.shown("data.name");
      refuseIf(augments, "data.augment", demand);
      refuseIf(pictures.colorJitter() > 0, "data.color-jitter", demand);
      refuseIf(!pictures.meanImage().isEmpty(), "data.mean-image", demand);
      refuseIf(pictures.damaged() != PictureSettings.Damaged.STOP, "data.damaged", demand);
    }
    if (data.isText()) {
      String demand = "is for pictures, not for " + keys.shown("data.name");
      refuseIf(data.padCrop() > 0, "data.pad-crop", demand);
      refuseIf(data.flip(), "data.flip", demand);
    }
    if (augments && (data.padCrop() > 0 || data.flip())) {
      keys.problem(
          "data.augment",
          "crops and mirrors by itself; leave out larch.data.pad-crop and larch.data.flip");
    }
  }

  private void refuseIf(boolean given, String key, String demand) {
    if (given) {
      keys.problem(key, demand);
    }
  }

  private PictureSettings pictures() {
    int size = keys.count("data.image-size", 1);
    return new PictureSettings(
        keys.choice("data.augment", PictureSettings.Augment.class),
        size,
        resize(size),
        keys.number("data.color-jitter", x -> x >= 0 && x < 1, "must be in [0, 1)"),
        keys.numbers("data.mean", 3, x -> x > -1e6 && x < 1e6, "must be 3 numbers"),
        keys.numbers("data.deviation", 3, x -> x > 0 && x < 1e6, "must be 3 numbers more than 0"),
        keys.text("data.mean-image"),
        keys.choice("data.damaged", PictureSettings.Damaged.class),
        decodingThreads());
  }

  private TextSettings text(String data) {
    TextSettings text =
        new TextSettings(
            keys.texts("data.text.train"),
            keys.texts("data.text.test"),
            keys.choice("data.text.form", TextSettings.Form.class),
            keys.count("data.text.merges", 0),
            keys.text("data.text.codes"),
            keys.text("data.text.vocabulary"),
            keys.count("data.text.max-length", 1),
            keys.count("data.text.buckets", 1));
    if (data.equals(TextSettings.NAME)) {
      checkFiles("data.text.train", text.train());
      checkFiles("data.text.test", text.test());
    }
    return text;
  }

  private void checkFiles(String key, List<String> names) {
    if (names.size() != 2) {
      keys.problem(
          key, "must name two files, sources and translations, for larch.data.name = text");
    }
  }

  private int resize(int size) {
    int usual = (int) Math.round(size * 256.0 / 224);
    int resize = keys.has("data.resize") ? keys.count("data.resize", 1) : usual;
    if (resize < size) {
      keys.problem("data.resize", "must be at least " + keys.shown("data.image-size"));
    }
    return resize;
  }

  private int decodingThreads() {
    return keys.text("data.threads").equals("auto") ? 0 : keys.count("data.threads", 1);
  }

  private OptimizerSettings optimizer() {
    String name = keys.word("optimizer.name", OPTIMIZERS);
    boolean listed = keys.isList("optimizer.exclude");
    boolean nesterov = keys.flag("optimizer.nesterov");
    boolean clip = keys.flag("optimizer.clip");
    if (nesterov && !name.equals("sgd")) {
      keys.problem("optimizer.nesterov", "is for sgd, not for " + keys.shown("optimizer.name"));
    }
    if (clip && !name.equals("lars")) {
      keys.problem("optimizer.clip", "is for lars, not for " + keys.shown("optimizer.name"));
    }
    return new OptimizerSettings(
        name,
        keys.number("optimizer.momentum", x -> x >= 0 && x < 1, "must be in [0, 1)"),
        nesterov,
        keys.amount("optimizer.weight-decay"),
        keys.number("optimizer.trust-coefficient", x -> x > 0 && x < 1e9, "must be more than 0"),
        keys.amount("optimizer.epsilon"),
        keys.choice("optimizer.form", OptimizerSettings.Form.class),
        clip,
        listed ? Exclude.PATTERNS : exclude(),
        listed ? keys.texts("optimizer.exclude") : List.of(),
        keys.amount("optimizer.excluded-ratio"),
        keys.flag("optimizer.decay-excluded"),
        adam(),
        clipNorm());
  }

  private AdamSettings adam() {
    return new AdamSettings(
        keys.number("optimizer.adam.beta1", x -> x >= 0 && x < 1, "must be in [0, 1)"),
        keys.number("optimizer.adam.beta2", x -> x >= 0 && x < 1, "must be in [0, 1)"),
        keys.amount("optimizer.adam.epsilon"),
        keys.flag("optimizer.adam.bias-correction"));
  }

  private OptionalDouble clipNorm() {
    return keys.has("optimizer.clip-norm")
        ? OptionalDouble.of(
            keys.number("optimizer.clip-norm", x -> x > 0 && x < 1e30, "must be more than 0"))
        : OptionalDouble.empty();
  }

  private Exclude exclude() {
    String word = keys.text("optimizer.exclude");
    if (!word.isEmpty() && !List.of("none", "mlperf").contains(word)) {
      keys.problem(
          "optimizer.exclude",
          "must be none, mlperf or a list of name patterns, as in [\"*.bias\"]");
    }
    return word.equals("mlperf") ? Exclude.MLPERF : Exclude.NONE;
  }

  private ScheduleSettings schedule() {
    Policy policy = keys.choice("schedule.policy", Policy.class);
    List<ScheduleSettings.Length> boundaries = keys.lengths("schedule.boundaries");
    if (policy == Policy.STEP && boundaries.isEmpty()) {
      keys.problem(
          "schedule.boundaries", "must say where " + keys.shown("schedule.policy") + " steps");
    }
    Rule rule = keys.choice("schedule.rule", Rule.class);
    return new ScheduleSettings(
        policy,
        keys.amount("schedule.rate"),
        keys.amount("schedule.end-rate"),
        keys.number("schedule.power", x -> x > 0 && x < 1e3, "must be more than 0"),
        boundaries,
        keys.number("schedule.factor", x -> x > 0 && x < 1e9, "must be more than 0"),
        keys.flag("schedule.restart"),
        keys.length("schedule.warm-up"),
        warmupShape(),
        keys.amount("schedule.warm-up-start-rate"),
        rule,
        baseBatch(rule));
  }

  private WarmupShape warmupShape() {
    WarmupShape shape = keys.choice("schedule.warm-up-shape", WarmupShape.class);
    if (shape == WarmupShape.EXPONENTIAL && keys.amount("schedule.warm-up-start-rate") > 0) {
      keys.problem(
          "schedule.warm-up-start-rate",
          "is for a linear warm-up; an exponential one begins at a hundredth of the rate");
    }
    return shape;
  }

  private int baseBatch(Rule rule) {
    if (keys.has("schedule.base-batch")) {
      return keys.count("schedule.base-batch", 1);
    }
    if (rule != Rule.NONE) {
      keys.problem("schedule.base-batch", "must be given for " + keys.shown("schedule.rule"));
    }
    return 0;
  }

  private BeamSettings beam() {
    return new BeamSettings(
        keys.count("evaluate.beam", 0),
        keys.amount("evaluate.length-penalty"),
        keys.amount("evaluate.coverage-penalty"));
  }

  private CheckpointSettings checkpoint() {
    return new CheckpointSettings(
        keys.amount("checkpoint.every-epochs"),
        keys.whole("checkpoint.every-steps", n -> n >= 0, "must be a whole number from 0"),
        keys.count("checkpoint.keep", 1));
  }
}
