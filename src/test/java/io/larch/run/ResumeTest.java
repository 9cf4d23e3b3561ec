package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.config.Refusal;
import io.larch.observe.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that was stopped and goes on gives the bits of one that never stopped. */
class ResumeTest {
  @TempDir private Path out;
  private final List<Event> events = new ArrayList<>();

  private Event.Result train(boolean resume, Optional<Path> folder, String... keys) {
    Job job = Job.open(SameBitsTest.settings(keys));
    return new Training(job, folder, events::add, Interception.NONE).train(resume);
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @Test
  void shouldGoOnWithAnotherNumberOfDevicesInTheSameBits() {
    String[] model = {"larch.model=resnet20", "larch.devices=1"};
    Event.Result whole = train(false, Optional.empty(), model);
    train(false, Optional.of(out), "larch.model=resnet20", "larch.steps=3", "larch.devices=3");
    Event.Result resumed = train(true, Optional.of(out), "larch.model=resnet20", "larch.devices=2");
    assertEquals(whole.weightsSha256(), resumed.weightsSha256());
    assertEquals(whole.trainLoss(), resumed.trainLoss());
    assertEquals(whole.testTop1(), resumed.testTop1());
    assertEquals(
        List.of(1L, 2L, 3L, 4L, 5L, 6L),
        events.stream()
            .filter(Event.Step.class::isInstance)
            .map(event -> ((Event.Step) event).step())
            .skip(6)
            .toList());
  }

  @Test
  void shouldKeepBothMomentsOfTheGradient() {
    String[] whole = {"larch.optimizer.name=lamb", "larch.schedule.rate=0.01"};
    String[] part = {"larch.optimizer.name=lamb", "larch.schedule.rate=0.01", "larch.steps=3"};
    train(false, Optional.of(out), part);
    assertEquals(
        train(false, Optional.empty(), whole).weightsSha256(),
        train(true, Optional.of(out), whole).weightsSha256());
  }

  @Test
  void shouldUseTheCheckpointBeforeADamagedOneAndSaySo() throws IOException {
    String[] keys = {"larch.checkpoint.every-steps=2", "larch.checkpoint.keep=3"};
    Event.Result whole = train(false, Optional.of(out), keys);
    Path model = out.resolve("step-00000006").resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length / 2] ^= 1;
    Files.write(model, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    events.clear();
    assertEquals(whole.weightsSha256(), train(true, Optional.of(out), keys).weightsSha256());
    assertTrue(
        events.stream()
            .anyMatch(e -> e instanceof Event.Warning w && w.text().contains("step-00000006")));
    assertTrue(events.stream().anyMatch(e -> e instanceof Event.Started s && s.step() == 4));
  }

  @Test
  void shouldEvaluateAgainWhenNothingIsLeftToTrain() {
    Event.Result whole = train(false, Optional.of(out));
    Event.Result again = train(true, Optional.of(out));
    assertEquals(whole.weightsSha256(), again.weightsSha256());
    assertEquals(whole.testTop1(), again.testTop1());
    assertNull(again.trainLoss());
  }

  @Test
  void shouldEvaluateACheckpoint() {
    Event.Result whole = train(false, Optional.of(out));
    Event.Result evaluated = Evaluation.evaluate(out, List.of("larch.devices=3"), events::add);
    assertEquals(whole.weightsSha256(), evaluated.weightsSha256());
    assertEquals(whole.testTop1(), evaluated.testTop1());
    assertEquals(whole.testTop5(), evaluated.testTop5());
  }

  @Test
  void shouldRefuseTheCheckpointOfAnotherRunAndNameWhatDiffers() {
    train(false, Optional.of(out), "larch.steps=1");
    Refusal refusal =
        assertThrows(
            Refusal.class, () -> train(true, Optional.of(out), "larch.optimizer.momentum=0.8"));
    assertTrue(refusal.getMessage().contains("optimizer.momentum"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("0.8"), refusal.getMessage());
  }

  @Test
  void shouldGoOnTrainingWhenACheckpointCannotBeWritten() {
    Event.Result whole = train(false, Optional.empty());
    String[] keys = {"larch.checkpoint.every-steps=2"};
    Path folder = out.resolve("run");
    Training training =
        new Training(
            Job.open(SameBitsTest.settings(keys)),
            Optional.of(folder),
            event -> {
              events.add(event);
              if (event instanceof Event.Step step && step.step() == 3) {
                replaceByAFile(folder);
              }
            },
            Interception.NONE);
    assertEquals(whole.weightsSha256(), training.train(false).weightsSha256());
    assertTrue(
        events.stream()
            .anyMatch(e -> e instanceof Event.Warning w && w.text().contains("checkpoint")));
  }

  /** At once, for a checkpoint may be on its way. */
  private static void replaceByAFile(Path folder) {
    try {
      Files.move(folder, folder.resolveSibling("gone"));
      Files.createFile(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
