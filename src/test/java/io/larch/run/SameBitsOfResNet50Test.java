package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.config.RunSettings;
import io.larch.data.DataInMemory;
import io.larch.data.DataSource;
import io.larch.data.Normalisation;
import io.larch.model.Shape;
import io.larch.observe.Event;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Same run, same bits, for the paper's largest image network, on small pictures. */
@Tag("gate")
class SameBitsOfResNet50Test {
  private static final RandomPictures PICTURES = new RandomPictures(32, 10, new Shape(3, 64, 64));

  private static Event.Result train(String variant, String precision, int devices) {
    RunSettings settings =
        SameBitsTest.settings(
            "larch.model={name=resnet50, variant=" + variant + "}",
            "larch.precision=" + precision,
            "larch.lanes=4",
            "larch.micro-batch=2",
            "larch.global-batch=16",
            "larch.slice-bytes=4MiB",
            "larch.devices=" + devices);
    DataSource data =
        new DataInMemory(PICTURES, PICTURES, Normalisation.over(PICTURES), "random", 0, false);
    Job job = Job.over(settings, data).forSteps(3);
    return new Training(job, Optional.empty(), event -> {}, Interception.NONE).train(false);
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @ParameterizedTest
  @CsvSource({"v1.5, f32", "v1.5, bf16", "v1, f32", "v2, bf16"})
  void shouldGiveTheSameWeightsAndLossOnAnyNumberOfDevices(String variant, String precision) {
    Event.Result one = train(variant, precision, 1);
    for (int devices : new int[] {2, 4}) {
      Event.Result more = train(variant, precision, devices);
      assertEquals(one.weightsSha256(), more.weightsSha256(), devices + " devices");
      assertEquals(one.trainLoss(), more.trainLoss());
    }
  }
}
