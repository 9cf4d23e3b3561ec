package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.larch.observe.Event;
import io.larch.observe.EventFile;
import io.larch.observe.RunHistory;
import io.larch.web.RunControl.PastRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PastRunsTest {
  @TempDir Path out;

  private Path written(String run, String node, int steps) throws IOException {
    return written(run, node, 1, steps);
  }

  private Path written(String run, String node, int first, int last) throws IOException {
    Path file = out.resolve(run).resolve("events-" + node + ".jsonl");
    try (EventFile events = EventFile.append(file)) {
      for (int step = first; step <= last; step++) {
        events.on(new Event.Step(step, 0.1, 2.0 / step, 0.5, 1, 100, 1, 0, List.of()));
      }
    }
    return file;
  }

  @Test
  void shouldListTheNewestFirstAndNothingElse() throws IOException {
    Files.setLastModifiedTime(written("old", "one", 1), FileTime.fromMillis(1_000));
    Files.setLastModifiedTime(written("new", "one", 1), FileTime.fromMillis(2_000));
    Files.createDirectories(out.resolve("no-run"));
    Files.createFile(out.resolve("file"));
    assertEquals(
        List.of(new PastRun("new", 2_000), new PastRun("old", 1_000)), new PastRuns(out).list());
    assertEquals(List.of(), new PastRuns(out.resolve("nowhere")).list());
  }

  @Test
  void shouldReadTheLongestRecordAndWhatIsAddedToIt() throws IOException {
    written("run", "late", 3);
    written("run", "first", 9);
    PastRuns runs = new PastRuns(out);
    assertEquals(9, runs.read("run", 100).orElseThrow().last().step());
    Path file = out.resolve("run").resolve("events-first.jsonl");
    Files.writeString(file, "{\"event\":\"step\",\"st", StandardOpenOption.APPEND);
    RunHistory.View cut = runs.read("run", 100).orElseThrow();
    assertEquals(9, cut.steps().size(), "half a line is left");
    Files.writeString(file, "ep\":10}\n", StandardOpenOption.APPEND);
    assertEquals(10, runs.read("run", 100).orElseThrow().last().step());
    assertEquals(10, runs.read("run", 100).orElseThrow().steps().size(), "nothing is read twice");
  }

  @Test
  void shouldForgetARunThatIsGone() throws IOException {
    PastRuns runs = new PastRuns(out);
    Path file = written("run", "one", 9);
    assertEquals(9, runs.read("run", 100).orElseThrow().steps().size());
    Files.delete(file);
    assertEquals(Optional.empty(), runs.read("run", 100));
    written("run", "one", 101, 120);
    RunHistory.View again = runs.read("run", 100).orElseThrow();
    assertEquals(101, again.steps().get(0));
    assertEquals(120, again.last().step());
  }

  @Test
  void shouldPassOverAFolderThatCannotBeRead() throws IOException {
    written("run", "one", 1);
    Path closed = Files.createDirectory(out.resolve("lost+found"));
    Files.setPosixFilePermissions(closed, Set.of());
    assumeFalse(Files.isReadable(closed), "this user may read everything");
    assertEquals(List.of("run"), new PastRuns(out).list().stream().map(PastRun::name).toList());
  }

  @Test
  void shouldReadNothingOutsideItsFolder() throws IOException {
    written("run", "one", 1);
    PastRuns inner = new PastRuns(out.resolve("run"));
    for (String name : List.of("..", "../run", ".", "", "run")) {
      assertEquals(Optional.empty(), inner.read(name, 10), name);
    }
    assertTrue(new PastRuns(out).read("run", 10).isPresent());
  }
}
