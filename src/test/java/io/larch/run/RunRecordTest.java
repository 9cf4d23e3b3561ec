package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.cluster.Interception;
import io.larch.observe.Event;
import io.larch.observe.Json;
import io.larch.observe.TensorFigures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run's folder tells what the run told, and of every layer what LARS saw. */
class RunRecordTest {
  private static final double TRUST = 0.001;
  private static final double DECAY = 0.0005;

  private final List<Event> told = new ArrayList<>();

  @TempDir Path folder;

  @Test
  void shouldKeepWhatWasTold() throws IOException {
    Job job = Job.open(SameBitsTest.settings("larch.devices=2"));
    Event.Result result =
        new Training(job, Optional.of(folder), told::add, Interception.NONE).train(false);
    List<Event> kept =
        Files.readAllLines(folder.resolve("events.jsonl")).stream().map(Json::readEvent).toList();
    assertEquals(told, kept);
    assertEquals(result, kept.get(kept.size() - 1));
    List<Event.Layers> layers = of(Event.Layers.class, kept);
    assertEquals(of(Event.Step.class, kept).size(), layers.size());
    layers.forEach(step -> checkRatios(job, step));
    try (Stream<Path> files = Files.list(folder.resolve("tensorboard"))) {
      assertTrue(Files.size(files.findFirst().orElseThrow()) > 1_000);
    }
  }

  @Test
  void shouldFinishARunWhoseEventsCannotBeWritten() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "no device here is always full");
    Files.createSymbolicLink(folder.resolve("events.jsonl"), full);
    Job job = Job.open(SameBitsTest.settings("larch.devices=1", "larch.steps=2"));
    Event.Result result =
        new Training(job, Optional.of(folder), told::add, Interception.NONE).train(false);
    assertEquals(result, told.get(told.size() - 1));
  }

  private static <T> List<T> of(Class<T> kind, List<Event> events) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** You, Gitman, Ginsburg, "Large batch training of convolutional networks", equation 6. */
  private static void checkRatios(Job job, Event.Layers step) {
    assertEquals(
        job.network().layout().places().stream()
            .map(place -> place.tensor())
            .filter(tensor -> !tensor.kind().isStatistic())
            .map(tensor -> tensor.name())
            .toList(),
        step.tensors().stream().map(TensorFigures::tensor).toList());
    step.tensors().stream()
        .filter(tensor -> tensor.tensor().endsWith(".weight"))
        .forEach(RunRecordTest::checkRatio);
  }

  private static void checkRatio(TensorFigures tensor) {
    double expected = TRUST * tensor.weight() / (tensor.gradient() + DECAY * tensor.weight());
    assertEquals(expected, tensor.ratio(), 1e-12 * expected, tensor::toString);
  }
}
