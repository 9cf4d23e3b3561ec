package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.FloatBlock;
import io.larch.config.Refusal;
import io.larch.config.StudyFile;
import io.larch.config.StudySettings;
import io.larch.study.Estimate;
import io.larch.study.Outcome;
import io.larch.study.Outcome.Status;
import io.larch.study.Outcomes;
import io.larch.study.Row;
import io.larch.study.Study;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole studies of a small network on a few glyphs. */
class StudyRunsTest {
  private static final String STUDY =
      """
      larch {
        model { name = mlp, hidden = 16 }
        data { name = glyphs, train-samples = 256, test-samples = 64 }
        lanes = 4
        micro-batch = 16
        epochs = 1
        study {
          batches = [64]
          compare = [own, wild]
          seeds = [1, 2]
          search { rates = 2, train-samples = 128 }
          recipe {
            own { rates = [0.05, 0.1], optimizer.name = sgd }
            wild { rates = [1e30], optimizer.name = sgd, schedule.policy = constant }
          }
        }
      }
      """;

  private final List<Outcome> told = new ArrayList<>();

  @TempDir private Path folder;

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  private StudySettings settings(String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("study.conf"), STUDY);
    return StudyFile.load(file, List.of(more));
  }

  private StudyRuns runs(StudySettings settings, String out) {
    return new StudyRuns(settings, Outcomes.open(folder.resolve(out)));
  }

  private List<Row> rows(StudySettings settings, String out) {
    return new Study(settings, Outcomes.open(folder.resolve(out))).rows();
  }

  /** What a table says, without the time that it took. */
  private static List<String> results(List<Row> rows) {
    return rows.stream()
        .flatMap(
            row ->
                Stream.concat(
                    Stream.of(row.recipe() + " " + row.best().orElseThrow().rate()),
                    row.runs().stream()
                        .map(run -> run.id() + run.status() + run.score() + run.weightsSha256())))
        .toList();
  }

  @Test
  void shouldSearchRepeatAndGoOnBeyondARunThatDiverges() throws IOException {
    StudySettings settings = settings();
    StudyRuns runs = runs(settings, "a");
    assertEquals(2 + 4, runs.estimate().runs());
    runs.train(told::add);
    assertEquals(6, told.size());
    List<Row> rows = rows(settings, "a");
    assertEquals(2, rows.get(0).scores().size());
    Outcome search = rows.get(0).searched().get(0);
    assertEquals(2, search.steps());
    assertEquals(1.0, search.epochs());
    Outcome wild = rows.get(1).repeats().get(0);
    assertEquals(Status.DIVERGED, wild.status());
    assertTrue(wild.reason().contains("not finite"), wild.reason());
    assertEquals(new Estimate(0, 0, 0), runs.estimate());
  }

  @Test
  void shouldEstimateRunsThatDiverge() throws IOException {
    assertEquals(2, runs(settings("study.compare=[wild]"), "a").estimate().runs());
  }

  @Test
  void shouldLoseNothingThatHadEndedWhenInterrupted() throws IOException {
    StudySettings settings = settings();
    StudyRuns whole = runs(settings, "whole");
    whole.train(told::add);
    told.clear();
    Thread study = Thread.currentThread();
    Failure failure =
        assertThrows(
            Failure.class,
            () -> runs(settings, "parts").train(outcome -> interruptAt(3, outcome, study)));
    assertTrue(Thread.interrupted());
    assertTrue(failure.getMessage().contains("the same command goes on"), failure.getMessage());
    int before = told.size();
    assertTrue(before >= 3 && before < 6, told.toString());
    runs(settings, "parts").train(told::add);
    assertEquals(6, told.stream().map(Outcome::id).distinct().count());
    assertEquals(6, told.size(), "nothing was done twice");
    assertEquals(results(rows(settings, "whole")), results(rows(settings, "parts")));
  }

  private void interruptAt(int count, Outcome outcome, Thread study) {
    told.add(outcome);
    if (told.size() == count) {
      study.interrupt();
    }
  }

  @Test
  void shouldGiveTheSameBitsInParallel() throws IOException {
    StudySettings one = settings();
    StudySettings two = settings("study.parallel=2");
    runs(one, "one").train(told::add);
    runs(two, "two").train(told::add);
    assertEquals(results(rows(one, "one")), results(rows(two, "two")));
  }

  @Test
  void shouldRefuseBeforeAnythingIsRunWhenTheDataAreNotThere() throws IOException {
    StudySettings settings = settings("data.name=idx", "data.path=/nowhere");
    assertThrows(Refusal.class, () -> runs(settings, "a").estimate());
  }

  @Test
  void shouldKeepARunThatBreaksByAMistakeAsBroken() throws IOException {
    StudySettings settings = settings("model=" + BrokenNetwork.class.getName());
    runs(settings, "a").train(told::add);
    Outcome search = rows(settings, "a").get(0).searched().get(0);
    assertEquals(Status.FAILED, search.status());
    assertTrue(search.reason().contains(BrokenNetwork.MISTAKE), search.reason());
  }

  /** More samples than there are, in the search alone. */
  @Test
  void shouldKeepARunThatIsRefusedAsBroken() throws IOException {
    StudySettings settings = settings("study.search.train-samples=1000000");
    runs(settings, "a").train(told::add);
    Outcome search = rows(settings, "a").get(0).searched().get(0);
    assertEquals(Status.REFUSED, search.status());
    assertTrue(search.reason().contains("train-samples"), search.reason());
    assertTrue(rows(settings, "a").get(0).best().isEmpty());
  }
}
