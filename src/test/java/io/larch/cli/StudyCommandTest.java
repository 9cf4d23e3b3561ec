package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {
  private static final String STUDY =
      """
      larch {
        model { name = mlp, hidden = 16 }
        data { name = glyphs, train-samples = 128, test-samples = 64 }
        lanes = 4
        micro-batch = 16
        epochs = 1
        study { batches = [64], compare = [sgd-untuned], seeds = [1] }
      }
      """;

  @TempDir private Path folder;

  private Session study(String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("small.conf"), STUDY);
    String[] words = {"study", file.toString(), "--out", out().toString()};
    String[] all = new String[words.length + more.length];
    System.arraycopy(words, 0, all, 0, words.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return Session.of(all);
  }

  private Path out() {
    return folder.resolve("out");
  }

  @Test
  void shouldEstimateTrainAndReportThenFindNothingToDo() throws IOException {
    Session first = study();
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.lines().get(0).startsWith("1 runs are to be done: about "), first.out());
    assertTrue(first.out().contains("| sgd-untuned | 64 | 0.1 |"), first.out());
    assertTrue(Files.exists(out().resolve("report.html")));
    String table = Files.readString(out().resolve("summary.csv"));
    Session again = study("--json");
    assertTrue(again.lastLine().contains("\"ended\":0"), again.out());
    assertEquals(table, Files.readString(out().resolve("summary.csv")));
  }

  @Test
  void shouldOnlyEstimateIfAsked() throws IOException {
    Session session = study("--estimate", "--json");
    assertEquals(0, session.exitCode(), session.err());
    assertTrue(session.lastLine().contains("\"missing\":1"), session.out());
    assertFalse(Files.exists(out().resolve("report.html")));
  }

  @Test
  void shouldRefuseAWrongStudy() throws IOException {
    Session session = study("-D", "study.compare=[best]");
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("names a recipe best that there is not"), session.err());
  }
}
