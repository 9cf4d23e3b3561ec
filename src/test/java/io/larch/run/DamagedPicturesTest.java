package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.config.RunFile;
import io.larch.data.Drawn;
import io.larch.observe.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that cannot be decoded end a run at once or have no weight in it. */
class DamagedPicturesTest {
  @TempDir private Path folder;
  private final List<Event> events = new ArrayList<>();

  @BeforeEach
  void draw() throws IOException {
    Drawn.folders(folder, 6, 3, "ant", "cat");
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  private void damage(String name) throws IOException {
    Files.write(folder.resolve(name), new byte[] {1, 2, 3});
  }

  private Event.Result train(String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "model=mlp",
                "data.name=image-folder",
                "data.path=" + folder,
                "data.train-samples=0",
                "data.test-samples=0",
                "data.image-size=4",
                "lanes=4",
                "micro-batch=1",
                "global-batch=8",
                "epochs=4"));
    keys.addAll(List.of(more));
    Job job = Job.open(RunFile.load(Optional.empty(), keys));
    return new Training(job, Optional.empty(), events::add, Interception.NONE).train(false);
  }

  private <E extends Event> List<E> told(Class<E> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"train/cat/5.png", "val/ant/2.png"})
  void shouldEndTheRunAtOnceAndNameThePicture(String name) throws IOException {
    damage(name);
    Failure failure = assertThrows(Failure.class, () -> train());
    assertEquals(Failure.Kind.FAILED, failure.kind());
    String expected = "cannot be read: picture " + name + ": its 3 bytes are neither JPEG nor PNG";
    assertTrue(failure.getMessage().contains(expected), failure.getMessage());
    assertEquals(1, told(Event.Generation.class).size(), "nothing is tried again");
  }

  @Test
  void shouldGoOnWithoutTheWeightOfDamagedPictures() throws IOException {
    damage("train/cat/5.png");
    damage("val/ant/2.png");
    String[] keys = {"data.damaged=weightless", "data.threads=2"};
    Event.Result one = train(keys[0], keys[1], "devices=1");
    Event.Result two = train(keys[0], keys[1], "devices=2");
    assertEquals(one.weightsSha256(), two.weightsSha256());
    assertEquals(5, told(Event.Evaluated.class).get(0).samples(), "of 6");
    assertTrue(Double.isFinite(one.trainLoss()));
    List<String> warnings = told(Event.Warning.class).stream().map(Event.Warning::text).toList();
    assertTrue(warnings.get(0).contains("train/cat/5.png"), warnings.toString());
    assertTrue(warnings.get(1).contains("val/ant/2.png"), warnings.toString());
  }
}
