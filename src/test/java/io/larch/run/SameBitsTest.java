package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.observe.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The promise of the project, through the real actors: same run, same bits. */
class SameBitsTest {
  private final List<Event> events = new ArrayList<>();

  static RunSettings settings(String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "larch.model=mlp",
                "larch.data.train-samples=600",
                "larch.data.test-samples=70",
                "larch.lanes=8",
                "larch.micro-batch=4",
                "larch.global-batch=64",
                "larch.epochs=2",
                "larch.steps=6",
                "larch.slice-bytes=64KiB"));
    keys.addAll(List.of(more));
    return RunFile.load(Optional.empty(), keys);
  }

  private Event.Result train(String... more) {
    return new Training(Job.open(settings(more)), Optional.empty(), events::add, Interception.NONE)
        .train(false);
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @Test
  void shouldGiveTheSameWeightsAndLossOnAnyNumberOfDevices() {
    Event.Result one = train("larch.devices=1");
    for (int devices = 2; devices <= 4; devices++) {
      Event.Result more = train("larch.devices=" + devices);
      assertEquals(one.weightsSha256(), more.weightsSha256(), devices + " devices");
      assertEquals(one.trainLoss(), more.trainLoss());
      assertEquals(one.testTop1(), more.testTop1());
    }
  }

  @Test
  void shouldDependOnTheSeed() {
    assertNotEquals(
        train("larch.steps=1").weightsSha256(),
        train("larch.steps=1", "larch.seed=2").weightsSha256());
  }
}
