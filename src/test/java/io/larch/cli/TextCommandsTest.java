package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextCommandsTest {
  @TempDir private Path folder;
  private Path run;

  @BeforeEach
  void write() throws IOException {
    Files.writeString(folder.resolve("a.en"), "the man walks.\nthe man\n\n");
    Files.writeString(folder.resolve("a.de"), "der Mann geht.\nder Mann\nnichts\n");
    run =
        Files.writeString(
            folder.resolve("run.conf"),
            """
            larch {
              model = gnmt, epochs = 1, schedule.rate = 1
              data { name = text, path = "%s" }
              data.text { train = [a.en, a.de], test = [a.en, a.de], merges = 4 }
            }
            """
                .formatted(folder));
  }

  @Test
  void shouldScoreTranslationsAndPrintTheSignature() {
    String file = folder.resolve("a.de").toString();
    Session session = Session.of("bleu", file, file);
    assertEquals(0, session.exitCode());
    assertTrue(session.out().startsWith("BLEU = 100.00 100.0/"), session.out());
    assertTrue(session.out().contains("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp"));
  }

  @Test
  void shouldRefuseAnotherNumberOfTranslations() throws IOException {
    Path one = Files.writeString(folder.resolve("one"), "der Mann");
    Session session = Session.of("bleu", folder.resolve("a.de").toString(), one.toString());
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("a.de has 3 lines and"), session.err());
    assertTrue(session.err().contains("one has 1;"), session.err());
  }

  @Test
  void shouldSayWhatSentencePairsHold() {
    Session session = Session.of("data", "inspect", run.toString(), "-D", "data.text.buckets=1");
    assertEquals(0, session.exitCode(), session.err());
    assertTrue(
        session.out().contains("2 training pairs; left out: 1 with an empty side"), session.out());
    assertTrue(session.out().contains("3 test pairs"), session.out());
    assertTrue(session.out().contains("2 pairs, "), session.out());
  }

  @Test
  void shouldDrawTheRateOverSentences() {
    Session session = Session.of("lr", run.toString(), "-D", "micro-batch=1", "-D", "lanes=1");
    assertEquals(0, session.exitCode(), session.err());
    assertTrue(session.out().contains("2 steps of 1 samples, 2.000 an epoch"), session.out());
  }

  @Test
  void shouldWriteWhatSubwordNmtReads() throws IOException {
    Path out = folder.resolve("out");
    String[] line = {"data", "learn-subwords", run.toString(), "--out", out.toString()};
    assertEquals(0, Session.of(line).exitCode());
    assertEquals("#version: 0.2", Files.readAllLines(out.resolve("codes.bpe")).get(0));
    assertEquals(5, Files.readAllLines(out.resolve("codes.bpe")).size());
    List<String> vocabulary = Files.readAllLines(out.resolve("vocabulary.txt"));
    assertTrue(
        vocabulary.stream().allMatch(each -> each.matches("\\S+ [1-9]\\d*")), vocabulary::toString);
    assertTrue(vocabulary.contains("the 2"), vocabulary::toString);
    assertEquals(2, Session.of(line).exitCode(), "nothing is overwritten");
  }
}
