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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest(name = "{0} {1}, wire {2}")
  @CsvSource({
    "mlp, f32, f32",
    "mlp, f32, bf16",
    "lenet, f32, f32",
    "lenet, bf16, f32",
    "resnet20, f32, f32",
    "resnet20, bf16, bf16"
  })
  void shouldGiveTheSameWeightsAndLossOnAnyNumberOfDevices(
      String model, String precision, String wire) {
    String[] keys = {
      "larch.model=" + model, "larch.precision=" + precision, "larch.wire=" + wire, "larch.devices="
    };
    Event.Result one = train(with(keys, 1));
    for (int devices = 2; devices <= 4; devices++) {
      Event.Result more = train(with(keys, devices));
      assertEquals(one.weightsSha256(), more.weightsSha256(), devices + " devices");
      assertEquals(one.trainLoss(), more.trainLoss());
      assertEquals(one.testTop1(), more.testTop1());
    }
  }

  @ParameterizedTest
  @CsvSource({"adam, f32", "lamb, f32", "lamb, bf16"})
  void shouldGiveTheSameWeightsWithTwoBuffersOnAnyNumberOfDevices(String optimizer, String wire) {
    String[] keys = {
      "larch.model=lenet",
      "larch.optimizer.name=" + optimizer,
      "larch.wire=" + wire,
      "larch.schedule.rate=0.01",
      "larch.devices="
    };
    Event.Result one = train(with(keys, 1));
    Event.Result three = train(with(keys, 3));
    assertEquals(one.weightsSha256(), three.weightsSha256());
    assertEquals(one.trainLoss(), three.trainLoss());
  }

  private static String[] with(String[] keys, int devices) {
    String[] all = keys.clone();
    all[all.length - 1] += devices;
    return all;
  }

  @Test
  void shouldDependOnTheSeed() {
    assertNotEquals(
        train("larch.steps=1").weightsSha256(),
        train("larch.steps=1", "larch.seed=2").weightsSha256());
  }
}
