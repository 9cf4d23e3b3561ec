package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A network that has learnt a few sentences by heart. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TranslateCommandTest {
  private static final List<String> SOURCES =
      List.of(
          "the man walks.",
          "the dog walks!",
          "a man and a dog",
          "the man sees the dog.",
          "a dog runs, and a man sees it.");
  private static final List<String> TARGETS =
      List.of(
          "der Mann geht.",
          "der Hund geht!",
          "ein Mann und ein Hund",
          "der Mann sieht den Hund.",
          "ein Hund läuft, und ein Mann sieht ihn.");

  private Path folder;
  private JsonNode result;

  @BeforeAll
  void learn(@TempDir Path shared) throws IOException {
    folder = shared;
    Files.write(folder.resolve("a.en"), SOURCES);
    Files.write(folder.resolve("a.de"), TARGETS);
    Path run =
        Files.writeString(
            folder.resolve("run.conf"),
            """
            larch {
              model { name = gnmt, layers = 2, units = 24, dropout = 0, bound = 0.3 }
              data { name = text, path = "%s" }
              data.text { train = [a.en, a.de], test = [a.en, a.de], merges = 20, buckets = 1 }
              lanes = 1, micro-batch = 5, epochs = 250, evaluate { every-epochs = 0, coverage-penalty = 0 }
              optimizer { name = adam, weight-decay = 0 }
              schedule { policy = constant, rate = 0.01 }
            }
            """
                .formatted(folder));
    Session session = Session.of("train", run.toString(), "--out", out(), "--json");
    assertEquals(0, session.exitCode(), session.err());
    result = new ObjectMapper().readTree(session.lastLine());
  }

  private String out() {
    return folder.resolve("out").toString();
  }

  private Session translate(List<String> lines, String... options) throws IOException {
    Path text = Files.write(folder.resolve("text"), lines);
    List<String> line = new ArrayList<>(List.of("translate", out(), text.toString()));
    line.addAll(List.of(options));
    return Session.of(line.toArray(String[]::new));
  }

  @Test
  void shouldTellTheScoreOfWhatItHasLearnt() {
    assertEquals(100, result.get("test_bleu").asDouble(), 1e-9);
    assertEquals(1, result.get("test_top1").asDouble());
  }

  /** By other counts of the same words, subwords learnt anew would have other numbers. */
  @Test
  void shouldEvaluateByTheSubwordsOfTheCheckpoint(@TempDir Path elsewhere) throws IOException {
    String other = "is not the one that";
    assertFalse(evaluate(folder).out().contains(other));
    for (String language : List.of("en", "de")) {
      List<String> lines = Files.readAllLines(folder.resolve("a." + language));
      List<String> more = new ArrayList<>(lines);
      more.addAll(Collections.nCopies(20, lines.get(4)));
      Files.write(elsewhere.resolve("more." + language), more);
      Files.write(elsewhere.resolve("a." + language), lines);
    }
    Session session = evaluate(elsewhere, "-D", "data.text.train=[more.en,more.de]");
    assertTrue(session.out().contains(other), session.out());
  }

  private Session evaluate(Path data, String... options) throws IOException {
    List<String> line =
        new ArrayList<>(List.of("eval", out(), "--data", data.toString(), "--json"));
    line.addAll(List.of(options));
    Session session = Session.of(line.toArray(String[]::new));
    assertEquals(0, session.exitCode(), session.err());
    assertEquals(
        100, new ObjectMapper().readTree(session.lastLine()).get("test_bleu").asDouble(), 1e-9);
    return session;
  }

  @Test
  void shouldKeepLinesAndOrderAndPutWordsTogetherAgain() throws IOException {
    List<String> lines = List.of(SOURCES.get(4), "", SOURCES.get(0), SOURCES.get(2), "  ");
    Session session = translate(lines);
    assertEquals(0, session.exitCode(), session.err());
    assertEquals(List.of(TARGETS.get(4), "", TARGETS.get(0), TARGETS.get(2), ""), session.lines());
  }

  @Test
  void shouldCountLinesThatAreTooLong() throws IOException {
    Session session = translate(List.of(SOURCES.get(4), SOURCES.get(0)), "--max-length", "12");
    assertEquals(List.of("", TARGETS.get(0)), session.lines());
    assertTrue(session.err().contains("1 lines, the first of them line 1,"), session.err());
  }

  @Test
  void shouldNameALineThatIsNotUtf8() throws IOException {
    Path text = folder.resolve("latin1");
    Files.write(text, new byte[] {'a', '\n', (byte) 0xe4, '\n'});
    Session session = Session.of("translate", out(), text.toString());
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("latin1:2 is not UTF-8"), session.err());
  }

  @Test
  void shouldSayWhatItDidInOneObject() throws IOException {
    Session session = translate(List.of(SOURCES.get(1), ""), "--beam", "1", "--json");
    JsonNode first = new ObjectMapper().readTree(session.lines().get(0));
    assertEquals(TARGETS.get(1), first.get("text").asText());
    assertEquals(1, first.get("line").asInt());
    assertEquals(2, new ObjectMapper().readTree(session.lastLine()).get("lines").asInt());
  }

  @Test
  void shouldRefuseABeamThatCannotBe() throws IOException {
    assertEquals(2, translate(SOURCES, "--beam", "0").exitCode());
    assertEquals(2, translate(SOURCES, "--length-penalty", "-1").exitCode());
    assertEquals(2, translate(SOURCES, "--max-length", "0").exitCode());
  }
}
