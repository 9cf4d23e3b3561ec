package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.data.PairsInMemory;
import io.larch.observe.Event;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sentences of many lengths, dropout on, through the real actors: same run, same bits. */
class SameBitsOfGnmtTest {
  private static final int WORDS = 23;

  private final List<Event> events = new ArrayList<>();

  private static RunSettings settings(String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "larch.model=gnmt",
                "larch.model.layers=2",
                "larch.model.units=12",
                "larch.model.dropout=0.2",
                "larch.model.label-smoothing=0.1",
                "larch.lanes=4",
                "larch.micro-batch=4",
                "larch.global-batch=32",
                "larch.epochs=3",
                "larch.schedule.rate=20",
                "larch.slice-bytes=4KiB"));
    keys.addAll(List.of(more));
    return RunFile.load(Optional.empty(), keys);
  }

  /** A translation is its source, each word plus one. */
  private static PairsInMemory pairs() {
    RandomStream random = RandomStream.of(2, Purpose.BENCHMARK);
    int[][] sources = new int[70][];
    int[][] targets = new int[sources.length][];
    for (int i = 0; i < sources.length; i++) {
      RandomStream own = random.at(i);
      sources[i] = new int[1 + own.below(0, 8)];
      Arrays.setAll(sources[i], word -> 4 + own.below(word + 1, WORDS - 5));
      targets[i] = Arrays.stream(sources[i]).map(word -> word + 1).toArray();
    }
    return new PairsInMemory(sources, targets, 3, WORDS, "plus one");
  }

  private Event.Result train(String... more) {
    return train(Interception.NONE, more);
  }

  private Event.Result train(Interception interception, String... more) {
    Job job = Job.over(settings(more), pairs());
    return new Training(job, Optional.empty(), events::add, interception).train(false);
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32", "bf16"})
  void shouldGiveTheSameWeightsOnAnyNumberOfDevices(String precision) {
    String key = "larch.precision=" + precision;
    Event.Result one = train(key, "larch.devices=1");
    assertEquals(one.weightsSha256(), train(key, "larch.devices=2").weightsSha256());
    assertEquals(one.weightsSha256(), train(key, "larch.devices=4").weightsSha256());
    assertTrue(one.tokensPerSecond() > 0);
    assertNotEquals(
        one.weightsSha256(),
        train(key, "larch.devices=1", "larch.model.dropout=0").weightsSha256());
  }

  @ParameterizedTest
  @CsvSource({"worker-1, RunStep, 3", "layer-decoder.1, Report, 4", "aggregator, Staged, 6"})
  void shouldGiveTheSameWeightsAlsoAfterACrashInMidRun(String actor, String message, int nth) {
    String[] keys = {
      "larch.optimizer.name=adam",
      "larch.optimizer.clip-norm=1",
      "larch.schedule.rate=0.01",
      "larch.devices=2"
    };
    BreakOnce breaking = new BreakOnce(actor, message, nth);
    assertEquals(train(keys).weightsSha256(), train(breaking, keys).weightsSha256());
    assertTrue(breaking.hasBroken(), "the message never came");
  }

  @Test
  void shouldTestOnEveryTargetWordOnce() {
    Event.Result result = train("larch.devices=2");
    Event.Evaluated evaluated =
        (Event.Evaluated)
            events.stream().filter(Event.Evaluated.class::isInstance).findFirst().orElseThrow();
    assertEquals(pairs().testing(4).targetTokens(), evaluated.samples());
    assertEquals(evaluated.testTop1(), result.testTop1());
  }
}
