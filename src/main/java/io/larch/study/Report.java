package io.larch.study;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a study leaves in its folder: {@code summary.csv} with a line for each recipe at each batch,
 * {@code runs.csv} with one for each run, {@code summary.md}, figures as SVG and PNG, and {@code
 * report.html}, which holds all of it. Equal outcomes give equal files.
 *
 * @param title of the study
 * @param conditions what all runs have in common, a sentence each
 * @param score what is compared, such as top-1 accuracy in percent
 */
public record Report(String title, List<String> conditions, String score, List<Row> rows) {
  private static final String STYLE =
      """
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
      table { border-collapse: collapse; display: block; overflow-x: auto }
      th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap }
      th:first-child, td:first-child { text-align: left }
      img { max-width: 100%; height: auto }
      """;

  public Report {
    conditions = List.copyOf(conditions);
    rows = List.copyOf(rows);
  }

  /** Writes all files, those that are there anew. */
  public void write(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("summary.csv"), Columns.summary(rows), UTF_8);
      Files.writeString(folder.resolve("runs.csv"), Columns.runs(rows), UTF_8);
      Files.writeString(folder.resolve("summary.md"), markdown(), UTF_8);
      Files.writeString(folder.resolve("report.html"), html(figures(folder)), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("The report cannot be written to " + folder, e);
    }
  }

  /** Draws the figures; returns each as an element of the page. */
  private List<String> figures(Path folder) throws IOException {
    List<String> figures = new ArrayList<>();
    figures.add(Figures.write(Figures.scores(rows, score), folder, "scores"));
    for (int batch : searchedBatches()) {
      figures.add(Figures.write(Figures.search(rows, batch, score), folder, "search-" + batch));
    }
    return figures;
  }

  private List<Integer> searchedBatches() {
    return rows.stream()
        .filter(row -> !row.searched().isEmpty())
        .map(Row::batch)
        .distinct()
        .sorted()
        .toList();
  }

  /** Conditions, table and what broke. */
  public String markdown() {
    StringBuilder text = new StringBuilder("# " + title + "\n\n");
    text.append(String.join(" ", conditions)).append("\n\n");
    text.append(Columns.markdown(rows)).append('\n');
    text.append("Score is ").append(score).append(": mean and standard deviation over seeds.\n");
    if (!broken().isEmpty()) {
      text.append("\nRuns without a result:\n\n");
      broken().forEach(run -> text.append("- ").append(line(run)).append('\n'));
    }
    return text.toString();
  }

  private List<Outcome> broken() {
    return rows.stream()
        .flatMap(row -> row.runs().stream())
        .filter(run -> !run.isFinished())
        .distinct()
        .toList();
  }

  private static String line(Outcome run) {
    return "%s at %d, rate %s, seed %d: %s. %s"
        .formatted(
            run.recipe(),
            run.batch(),
            Columns.number(run.rate()),
            run.seed(),
            run.status(),
            run.reason());
  }

  private String html(List<String> figures) {
    StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
    page.append("<meta charset=\"utf-8\">\n<title>").append(escaped(title)).append("</title>\n");
    page.append("<style>\n").append(STYLE).append("</style>\n</head>\n<body>\n");
    page.append("<h1>").append(escaped(title)).append("</h1>\n");
    page.append("<p>").append(escaped(String.join(" ", conditions))).append("</p>\n");
    page.append(htmlTable());
    page.append("<p>Score is ").append(escaped(score));
    page.append(": mean and standard deviation over seeds.</p>\n");
    figures.forEach(each -> page.append("<figure>").append(each).append("</figure>\n"));
    if (!broken().isEmpty()) {
      page.append("<h2>Runs without a result</h2>\n<ul>\n");
      broken().forEach(run -> page.append("<li>").append(escaped(line(run))).append("</li>\n"));
      page.append("</ul>\n");
    }
    return page.append("</body>\n</html>\n").toString();
  }

  private String htmlTable() {
    List<List<String>> table = Columns.table(rows);
    String head = cells("th", table.get(0));
    String body =
        table.stream().skip(1).map(cells -> cells("td", cells)).collect(Collectors.joining());
    return "<table>\n<thead>\n" + head + "</thead>\n<tbody>\n" + body + "</tbody>\n</table>\n";
  }

  private static String cells(String tag, List<String> cells) {
    return cells.stream()
        .map(cell -> "<%1$s>%2$s</%1$s>".formatted(tag, escaped(cell)))
        .collect(Collectors.joining("", "<tr>", "</tr>\n"));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
