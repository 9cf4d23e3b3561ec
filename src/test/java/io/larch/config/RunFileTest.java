package io.larch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.larch.config.OptimizerSettings.Exclude;
import io.larch.config.ScheduleSettings.Length;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunFileTest {
  private static final String SMALL =
      "larch { model = mlp, data.name = glyphs, epochs = 2, schedule.rate = 0.5 ";

  private static final String TEST_PAIR = "data.text.test=[c, d]";

  @TempDir Path folder;

  @Test
  void shouldLoadTheEmbeddedRunWithoutAFile() {
    RunSettings run = RunFile.load(Optional.empty(), List.of());

    assertEquals("lenet", run.model().name());
    assertEquals("glyphs", run.data().name());
    assertEquals("lars", run.optimizer().name());
    assertTrue(run.globalBatch() >= 4096);
    assertEquals(0, run.devices(), "auto");
  }

  @Test
  void shouldLetTheLastOptionWin() {
    assertEquals(2, defaultRun("larch.devices=1", "larch.devices=2").devices());
    assertEquals(2, defaultRun("devices=2").devices(), "the prefix may be left out");
    assertEquals(0, defaultRun("devices=2", "devices=auto").devices());
  }

  @Test
  void shouldReadEveryKeyOfTheReferenceAndNoOther() {
    Keys keys = new Keys(RunFile.config(Optional.empty(), List.of()));
    RunSettings run = new Settings(keys).run();

    Set<String> documented = UnknownKeys.of(NodeFile.runDefaults());
    assertEquals(documented, keys.read());
    Set<String> rendered = new HashSet<>(RunText.of(run).keySet());
    rendered.add("global-batch");
    assertEquals(documented, rendered, "rendered as micro-batches-per-lane");
  }

  @ParameterizedTest
  @CsvSource({
    "{ name = mlp },                     mlp, {}",
    "mlp,                                mlp, {}",
    "'{ name = mlp, dropout = 0.4 }',    mlp, { dropout = 0.4 }"
  })
  void shouldReadAModelInBothForms(String model, String name, String options) throws IOException {
    RunSettings run =
        load("larch { model = " + model + ", data.name = glyphs, epochs = 1, schedule.rate = 1 }");

    assertEquals(name, run.model().name());
    assertEquals(ConfigFactory.parseString(options), run.model().options());
  }

  @Test
  void shouldDropTheOptionsOfAModelThatIsReplaced() throws IOException {
    String text = SMALL + ", model { name = lenet, dropout = 0.4 } }";

    assertEquals(0.4, load(text, "model=lenet").model().options().getDouble("dropout"));
    assertTrue(load(text, "model=mlp").model().options().isEmpty());
    String smoothed = SMALL + ", model { name = lenet, label-smoothing = 0.1 } }";
    assertEquals(0.1, load(smoothed, "model=mlp").model().labelSmoothing(), "of the loss");
    assertEquals("lenet", load(text, "model.dropout=0.2").model().name());
    assertEquals(0.2, load(text, "model.dropout=0.2").model().options().getDouble("dropout"));
  }

  @Test
  void shouldDeriveMicroBatchesFromTheGlobalBatch() throws IOException {
    RunSettings run = load(SMALL + ", lanes = 4, micro-batch = 16, global-batch = 192 }");

    assertEquals(3, run.microBatchesPerLane());
    assertEquals(192, run.globalBatch());
    assertEquals(
        5,
        load(SMALL + ", global-batch = 512 }", "micro-batches-per-lane=5").microBatchesPerLane());
  }

  @Test
  void shouldReadLengthsSizesAndExclusions() throws IOException {
    RunSettings run =
        load(
            SMALL
                + """
                , slice-bytes = 64 KiB, steps = 20
                schedule { warm-up = 12 steps, policy = step, boundaries = [30, "60 epochs", "90 steps"] }
                optimizer.exclude = ["*.bias", "norm*"]
                }
                """);

    assertEquals(65536, run.sliceBytes());
    assertEquals(OptionalLong.of(20), run.steps());
    assertEquals(Length.steps(12), run.schedule().warmup());
    assertEquals(
        List.of(Length.epochs(30), Length.epochs(60), Length.steps(90)),
        run.schedule().boundaries());
    assertEquals(Exclude.PATTERNS, run.optimizer().exclude());
    assertEquals(List.of("*.bias", "norm*"), run.optimizer().excludePatterns());
  }

  @Test
  void shouldTakeAnyTextAsAnOptionsValue() throws IOException {
    RunSettings run = load(SMALL + "}", "data.path=/a//b #c:d", "schedule.warm-up=0.6 epochs");

    assertEquals("/a//b #c:d", run.data().path());
    assertEquals(Length.epochs(0.6), run.schedule().warmup());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lanes=6                    | larch.lanes = 6 (-D lanes=6) must be a power of two; the nearest are 4 and 8",
        "lane=8                     | larch.lane (-D lane=8) is not known; did you mean larch.lanes?",
        "la=8 | larch.la (-D la=8) is not known; reference.conf lists all keys",
        "optimiser.momentum=0.8     | did you mean larch.optimizer?",
        "momentum=0.8               | did you mean larch.optimizer.momentum?",
        "lanes=many                 | larch.lanes = many (-D lanes=many) has the wrong type: it has type STRING rather than NUMBER",
        "lanes=2.5                  | larch.lanes = 2.5",
        "global-batch=1000          | must be a multiple of lanes x micro-batch = 8 x 32 = 256; the nearest are 768 and 1024",
        "global-batch=100           | the smallest is 256",
        "micro-batch=1000000000     | at most 2147483647",
        "devices=9                  | is more than larch.lanes = 8",
        "devices=none | larch.devices = none (-D devices=none) must be auto or a whole number from 1",
        "devices=0 | must be a whole number from 1",
        "slice-bytes=0              | must be a multiple of 64 bytes",
        "slice-bytes=4100           | must be a multiple of 64 bytes",
        "precision=f16              | must be one of f32, bf16",
        "optimizer.exclude=some     | must be none, mlperf or a list",
        "optimizer.nesterov=true    | larch.optimizer.nesterov = true (-D optimizer.nesterov=true) is for sgd",
        "optimizer.momentum=1       | must be in [0, 1)",
        "optimizer=sgd              | it is a group, such as larch.optimizer.",
        "model=[5]                  | larch.model.name = [5] (-D model=[5]) has the wrong type",
        "schedule.policy=step       | larch.schedule.boundaries",
        "schedule.rule=legw         | larch.schedule.base-batch must be given for larch.schedule.rule = legw",
        "schedule.warm-up=5 days    | must be a length such as",
        "schedule.rate=-1           | must be 0 or more",
        "schedule.warm-up-shape=log | must be one of linear, exponential",
        "schedule.rate=null         | larch.schedule.rate must be given",
        "epochs=0                   | must be more than 0",
        "optimizer.adam.beta2=1     | must be in [0, 1)",
        "optimizer.clip-norm=0      | must be more than 0",
        "non-finite=ignore          | must be one of stop, skip",
        "optimizer.name=adamw       | must be one of lars, lamb, adam, sgd",
        "data.name=idx              | larch.data.path",
        "seed=1.5                   | larch.seed = 1.5",
        "data.augment=lars18-max    | is for encoded pictures, not for larch.data.name = glyphs",
        "data.color-jitter=0.4      | is for encoded pictures, not for larch.data.name = glyphs",
        "data.mean-image=mean.png   | is for encoded pictures, not for larch.data.name = glyphs",
        "data.damaged=weightless    | is for encoded pictures, not for larch.data.name = glyphs",
        "data.resize=100            | must be at least larch.data.image-size = 224",
        "data.mean=[1, 2]           | must be 3 numbers",
        "data.deviation=[1, 2, 0]   | must be 3 numbers more than 0",
        "data.label-base=-1         | must be a whole number from 0",
        "data.threads=0             | must be a whole number from 1",
        "data.text.buckets=0        | must be a whole number from 1",
        "data.text.form=moses       | must be one of plain, tokenized",
      })
  void shouldRefuseWhatCannotBe(String option, String sentence) {
    Refusal refusal = assertThrows(Refusal.class, () -> load(SMALL + "}", option.trim()));

    assertTrue(refusal.getMessage().contains(sentence), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("1 setting is wrong"), refusal.getMessage());
  }

  @Test
  void shouldNameAllMistakesAtOnceWithTheirPlaces() throws IOException {
    Path file =
        write("larch {\n lanes = 3\n modle = mlp\n epochs = x\n}\nlrach.seed = 2\nseed = 3\n");

    String message =
        assertThrows(Refusal.class, () -> RunFile.load(Optional.of(file), List.of("wire=f64")))
            .getMessage();

    Stream.of(
            file + ":2) must be a power of two",
            file + ":3) is not known; did you mean larch.model",
            file + ":4) has the wrong type",
            file + ":6) is not known; did you mean larch?",
            file + ":7) belongs under larch: write larch.seed",
            "-D wire=f64) must be one of f32, bf16",
            "larch.model.name must be given",
            "larch.data.name must be given",
            "larch.schedule.rate must be given",
            "9 settings are wrong")
        .forEach(part -> assertTrue(message.contains(part), part + " in\n" + message));
  }

  @Test
  void shouldRefuseFilesThatAreNone() throws IOException {
    Path broken = write("larch { lanes = ");

    assertTrue(refusalOf(broken).contains(broken + ": 1"), refusalOf(broken));
    assertTrue(refusalOf(folder.resolve("no.conf")).contains("no.conf is no readable file"));
    assertTrue(refusalOf(write("lanes = 8")).contains("nothing stands under larch"));
    assertTrue(refusalOf(write("larch.lanes = ${nowhere}")).contains("nowhere"));
  }

  @Test
  void shouldRefuseAnOptionWithoutAValue() {
    assertThrows(Refusal.class, () -> defaultRun("devices"));
    assertThrows(Refusal.class, () -> defaultRun("=2"));
  }

  @Test
  void shouldLeaveOtherTreesAlone() throws IOException {
    Path file = write(SMALL + "}\nakka.loglevel = DEBUG\nmine { lanes = 3 }");

    assertEquals("mlp", RunFile.load(Optional.of(file), List.of()).model().name());
    assertEquals(
        "OFF",
        RunFile.config(Optional.of(file), List.of("akka.loglevel=OFF")).getString("akka.loglevel"));
  }

  static Stream<List<String>> runs() {
    return Stream.of(
        List.of(),
        List.of("devices=3", "steps=7", "seed=-5", "slice-bytes=4 KiB"),
        List.of("model.dropout=0.4", "model.depth=20", "model.name=a.b.C$D"),
        List.of("data.path=/with \"quotes\" and \\", "data.name=idx", "data.flip=true"),
        List.of("data.label-base=0"),
        List.of("data.image-size=96", "data.resize=96", "data.mean=[0.5, 1, 0]", "data.threads=2"),
        List.of("optimizer.exclude=[\"*.bias\", \"a*\"]", "wire=bf16", "precision=bf16"),
        List.of("schedule.policy=step", "schedule.boundaries=[\"3 steps\", 0.1]"),
        List.of("data.name=text", "data.path=x", "data.text.train=[a b.en, b.de]", TEST_PAIR),
        List.of("optimizer.name=lamb", "optimizer.adam.bias-correction=false"),
        List.of("optimizer.clip-norm=2.5", "non-finite=skip"),
        List.of("schedule.warm-up-shape=exponential", "schedule.warm-up=200 steps"),
        List.of("schedule.rule=square-root", "schedule.base-batch=256", "schedule.rate=0.1"));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void shouldRenderWhatLoadsToAnEqualValue(List<String> options) throws IOException {
    RunSettings run = RunFile.load(Optional.empty(), options);

    assertEquals(run, load(RunFile.render(run)), RunFile.render(run));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "devices=3",
        "steps=7",
        "data.path=/x",
        "data.threads=3",
        "data.label-base=0",
        "checkpoint.keep=5",
        "data.text.merges=100",
        "optimizer.adam.beta1=0.8",
        "optimizer.clip-norm=null",
        "non-finite=stop",
        "evaluate.every-epochs=0",
      })
  void shouldKeepTheIdentityWhereBitsCannotChange(String option) {
    assertEquals(identity().digest(), identity(option).digest());
  }

  @ParameterizedTest
  @CsvSource({
    "seed=2",
    "lanes=4",
    "micro-batch=64",
    "micro-batches-per-lane=8",
    "threads-per-device=2",
    "slice-bytes=1 MiB",
    "wire=bf16",
    "precision=bf16",
    "model=mlp",
    "model.dropout=0.1",
    "optimizer.momentum=0.8",
    "optimizer.clip-norm=1",
    "non-finite=skip",
    "schedule.rate=1",
    "schedule.warm-up-shape=exponential",
    "epochs=4",
    "data.pad-crop=2",
    "data.image-size=96",
    "data.train-samples=10"
  })
  void shouldChangeTheIdentityWithWhatDecidesBits(String option) {
    assertNotEquals(identity().digest(), identity(option).digest());
  }

  @Test
  void shouldStartAnExponentialWarmUpWhereItMust() {
    assertThrows(
        Refusal.class,
        () -> defaultRun("schedule.warm-up-shape=exponential", "schedule.warm-up-start-rate=1"));
  }

  @Test
  void shouldAskForTwoFilesOfSentencePairs() {
    String message =
        assertThrows(
                Refusal.class,
                () -> defaultRun("data.name=text", "data.path=x", "data.text.train=[a.en]"))
            .getMessage();
    assertTrue(message.contains("larch.data.text.train = [a.en]"), message);
    assertTrue(message.contains("larch.data.text.test = []"), message);
    assertTrue(message.contains("must name two files"), message);
  }

  @Test
  void shouldCountSettingsOfWhatIsUsed() {
    String[] text = {"data.name=text", "data.path=x", "data.text.train=[a, b]", TEST_PAIR};
    String[] more = Arrays.copyOf(text, text.length + 1);
    more[text.length] = "data.text.max-length=40";
    assertNotEquals(identity(text).digest(), identity(more).digest());
    more[text.length] = "data.text.test=[e, f]";
    assertEquals(identity(text).digest(), identity(more).digest());

    assertNotEquals(
        identity("optimizer.name=adam").digest(),
        identity("optimizer.name=adam", "optimizer.adam.beta1=0.8").digest());
    String[] encoded = {"data.name=image-folder", "data.path=pictures"};
    assertNotEquals(
        identity(encoded).digest(),
        identity(encoded[0], encoded[1], "data.color-jitter=0.1").digest());
  }

  @Test
  void shouldReadPictureSettings() {
    assertEquals(PictureSettings.DEFAULT, defaultRun().data().pictures());
    PictureSettings set =
        defaultRun(
                "data.name=image-folder",
                "data.path=pictures",
                "data.image-size=32",
                "data.threads=3",
                "data.mean=[0.5, 0.5, 0.25]",
                "data.damaged=weightless",
                "data.color-jitter=0.4")
            .data()
            .pictures();
    assertEquals(37, set.resize(), "256/224 of 32");
    assertEquals(List.of(0.5, 0.5, 0.25), set.mean());
    assertEquals(PictureSettings.Damaged.WEIGHTLESS, set.damaged());
    assertEquals(3, set.threads());
  }

  @Test
  void shouldNameWhatDiffersWithBothSides() {
    RunIdentity there = RunIdentity.of(defaultRun("seed=2", "model.dropout=0.1"), "other");

    List<String> named =
        new ArrayList<>(identity().differences(there).stream().map(Object::toString).toList());

    assertEquals(
        List.of(
            "seed: 1 here, 2 there",
            "data.fingerprint: print here, other there",
            "model.dropout: null here, 0.1 there"),
        named);
    assertEquals(List.of(), identity().differences(identity("devices=2")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fashion-mnist-8k", "fashion-mnist-sgd", "cifar-10-resnet20", "local"})
  void shouldLoadTheShippedRuns(String name) {
    Path file = Path.of("cluster-configs", name + ".conf");

    RunSettings run = RunFile.load(Optional.of(file), List.of());

    assertTrue(run.schedule().rate() > 0);
  }

  private static RunIdentity identity(String... options) {
    return RunIdentity.of(defaultRun(options), "print");
  }

  private static RunSettings defaultRun(String... options) {
    return RunFile.load(Optional.empty(), List.of(options));
  }

  private RunSettings load(String text, String... options) throws IOException {
    return RunFile.load(Optional.of(write(text)), List.of(options));
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("run.conf"), text);
  }

  private static String refusalOf(Path file) {
    return assertThrows(Refusal.class, () -> RunFile.load(Optional.of(file), List.of()))
        .getMessage();
  }
}
