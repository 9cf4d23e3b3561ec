package io.larch.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.StudyCell;
import io.larch.config.StudyFile;
import io.larch.config.StudySettings;
import io.larch.study.Outcome.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/** Known outcomes lead to known tables; nothing is trained. */
class ReportTest {
  private static final String STUDY =
      """
      larch {
        model = mlp
        data { name = glyphs, train-samples = 64 }
        epochs = 1
        study {
          batches = [64, 128]
          compare = [lars, sgd-untuned]
          seeds = [5, 6, 7]
          good-points = 2
          search.train-samples = 32
        }
      }
      """;

  /** A figure on the page: what it shows, and the drawing itself. */
  private static final Pattern FIGURE =
      Pattern.compile(
          "<figure><img alt=\"([^\"]*)\" src=\"data:image/svg\\+xml;base64,([^\"]*)\">");

  @TempDir private Path folder;
  private StudySettings settings;
  private Outcomes outcomes;
  private Study study;

  @BeforeEach
  void open() throws IOException {
    Path file = Files.writeString(folder.resolve("study.conf"), STUDY);
    settings = StudyFile.load(file, List.of());
    outcomes = Outcomes.open(folder.resolve("runs"));
    study = new Study(settings, outcomes);
  }

  private static Outcome finished(StudyCell cell, double score) {
    return new Outcome(
        cell.id(),
        cell.recipe(),
        cell.batch(),
        cell.rate(),
        cell.seed(),
        Status.FINISHED,
        null,
        cell.rate(),
        3L,
        1.0,
        score,
        0.5,
        2.0,
        100.0,
        "00ff");
  }

  /** At 64 the rates 4, 8 and 16 give 70, 81 and 80, and 32 diverges; at 128 all diverge. */
  private void search() {
    for (StudyCell cell : study.search()) {
      boolean diverges = cell.batch() == 128 || cell.rate() == 32;
      double score = cell.rate() == 4 ? 70 : cell.rate() == 8 ? 81 : 80;
      outcomes.keep(
          diverges
              ? Outcome.broken(cell, Status.DIVERGED, "Step 2 is <not> finite.", 1)
              : finished(cell, score));
    }
  }

  /** The seeds 5, 6 and 7 score 81, 83 and 85: mean 83, deviation 2. */
  private void repeat() {
    study.repeats().forEach(cell -> outcomes.keep(finished(cell, 71 + 2.0 * cell.seed())));
  }

  @Test
  void shouldSearchFirstThenRepeatTheBestAndNothingTwice() {
    assertEquals(8, study.search().size());
    assertEquals(6, study.repeats().size(), "those without a search");
    assertEquals(8 + 12, study.ahead().size());
    search();
    assertEquals(List.of(), study.search());
    assertEquals(3 + 6, study.repeats().size());
    assertTrue(study.repeats().stream().noneMatch(cell -> cell.rate() == 16), "8 is best");
    repeat();
    assertEquals(List.of(), study.repeats());
  }

  @Test
  void shouldTryAgainWhatBrokeButNotWhatDiverged() {
    StudyCell one = study.search().get(0);
    StudyCell two = study.search().get(1);
    outcomes.keep(Outcome.broken(one, Status.DIVERGED, "not finite", 1));
    outcomes.keep(Outcome.broken(two, Status.FAILED, "no memory", 1));
    assertEquals(two, study.search().get(0));
    assertEquals(7, study.search().size());
  }

  @Test
  void shouldCountAHalfWrittenOutcomeAsNone() throws IOException {
    StudyCell one = study.search().get(0);
    Files.writeString(folder.resolve("runs").resolve(one.id() + ".json"), "{\"id\":\"la");
    assertEquals(8, study.search().size());
  }

  @Test
  void shouldComputeMeanSpreadAndTheRangeOfGoodRates() {
    search();
    repeat();
    Row row = study.rows().get(0);
    assertEquals(8, row.best().orElseThrow().rate());
    assertEquals(new Row.Range(8, 16), row.good().orElseThrow());
    assertEquals(2, row.good().orElseThrow().width());
    assertEquals(83, row.mean(), 1e-12);
    assertEquals(2, row.spread(), 1e-12);
    assertEquals(1, row.diverged());
  }

  @Test
  void shouldSayThatNoRateIsGoodWhereAllDiverge() {
    search();
    repeat();
    Row row = study.rows().get(1);
    assertTrue(row.best().isEmpty());
    assertNull(row.mean());
    assertEquals(4, row.diverged());
  }

  @Test
  void shouldWriteTheSameTablesForTheSameOutcomes() throws IOException {
    search();
    repeat();
    Path out = folder.resolve("out");
    report().write(out);
    List<String> summary = Files.readAllLines(out.resolve("summary.csv"));
    assertEquals(
        "recipe,batch,best_rate,peak_rate,good_from,good_to,good_width,seeds,mean,spread,steps,seconds,searched,diverged",
        summary.get(0));
    assertEquals("lars,64,8.0,8.0,8.0,16.0,2.0,3,83.0,2.0,3.0,2.0,4,1", summary.get(1));
    assertEquals("lars,128,,,,,,0,,,,,4,4", summary.get(2));
    assertEquals("sgd-untuned,64,0.1,0.1,,,,3,83.0,2.0,3.0,2.0,0,0", summary.get(3));
    assertEquals(1 + 8 + 3 + 6, Files.readAllLines(out.resolve("runs.csv")).size());
    assertTrue(
        Files.readString(out.resolve("summary.md"))
            .contains("| lars | 64 | 8 | 8 | 8 to 16 (× 2) | 3 | 2 | 83.00 | 2.00 | 3 | 1 of 7 |"));
    byte[] before = Files.readAllBytes(out.resolve("report.html"));
    report().write(out);
    assertArrayEquals(before, Files.readAllBytes(out.resolve("report.html")));
  }

  @Test
  void shouldDrawFiguresThatCanBeRead() throws Exception {
    search();
    repeat();
    Path out = folder.resolve("out");
    report().write(out);
    for (String name : List.of("scores", "search-64", "search-128")) {
      assertIsDrawing(Files.readAllBytes(out.resolve(name + ".svg")));
      assertNotNull(ImageIO.read(out.resolve(name + ".png").toFile()));
    }
  }

  @Test
  void shouldShowTableFiguresAndWhatBrokeOnAPageOfItsOwn() throws Exception {
    search();
    repeat();
    report().write(folder.resolve("out"));
    String page = Files.readString(folder.resolve("out").resolve("report.html"));
    assertTrue(page.contains("<td>8 to 16 (× 2)</td>"), page);
    assertTrue(page.contains("Step 2 is &lt;not&gt; finite."), page);
    List<MatchResult> figures = FIGURE.matcher(page).results().toList();
    assertEquals(
        List.of(
            "Best rates: accuracy over global batch",
            "Search at a global batch of 64",
            "Search at a global batch of 128"),
        figures.stream().map(figure -> figure.group(1)).toList());
    for (MatchResult figure : figures) {
      assertIsDrawing(Base64.getDecoder().decode(figure.group(2)));
    }
  }

  private static void assertIsDrawing(byte[] svg) throws Exception {
    DocumentBuilder reader = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    reader.setEntityResolver((id, system) -> new InputSource(new StringReader("")));
    assertEquals(
        "svg", reader.parse(new ByteArrayInputStream(svg)).getDocumentElement().getTagName());
  }

  private Report report() {
    return new Report("Known", List.of("Nothing is trained."), "accuracy", study.rows());
  }
}
