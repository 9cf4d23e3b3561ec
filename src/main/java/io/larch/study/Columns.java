package io.larch.study;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tables as text: CSV (RFC 4180) for programs, all digits and empty cells where a value does not
 * apply; Markdown for people.
 */
final class Columns {
  private static final List<Column<Row>> SUMMARY =
      List.of(
          new Column<>("recipe", Row::recipe),
          new Column<>("batch", Row::batch),
          new Column<>("best_rate", row -> row.best().map(best -> best.rate()).orElse(null)),
          new Column<>("peak_rate", Row::peakRate),
          new Column<>("good_from", row -> row.good().map(Row.Range::from).orElse(null)),
          new Column<>("good_to", row -> row.good().map(Row.Range::to).orElse(null)),
          new Column<>("good_width", row -> row.good().map(Row.Range::width).orElse(null)),
          new Column<>("seeds", row -> row.scores().size()),
          new Column<>("mean", Row::mean),
          new Column<>("spread", Row::spread),
          new Column<>("steps", row -> row.mean(Outcome::steps)),
          new Column<>("seconds", row -> row.mean(Outcome::seconds)),
          new Column<>("searched", row -> row.searched().size()),
          new Column<>("diverged", Row::diverged));

  private static final List<Column<Outcome>> RUNS =
      List.of(
          new Column<>("id", Outcome::id),
          new Column<>("recipe", Outcome::recipe),
          new Column<>("batch", Outcome::batch),
          new Column<>("rate", Outcome::rate),
          new Column<>("seed", Outcome::seed),
          new Column<>("status", Outcome::status),
          new Column<>("peak_rate", Outcome::peakRate),
          new Column<>("steps", Outcome::steps),
          new Column<>("epochs", Outcome::epochs),
          new Column<>("score", Outcome::score),
          new Column<>("train_loss", Outcome::trainLoss),
          new Column<>("seconds", Outcome::seconds),
          new Column<>("samples_per_second", Outcome::samplesPerSecond),
          new Column<>("weights_sha256", Outcome::weightsSha256));

  private Columns() {}

  private record Column<T>(String name, Function<T, Object> value) {}

  /** A line for each row. */
  static String summary(List<Row> rows) {
    return csv(SUMMARY, rows);
  }

  /** A line for each run, each once. */
  static String runs(List<Row> rows) {
    return csv(RUNS, rows.stream().flatMap(row -> row.runs().stream()).distinct().toList());
  }

  private static <T> String csv(List<Column<T>> columns, List<T> rows) {
    Stream<String> head =
        Stream.of(columns.stream().map(Column::name).collect(Collectors.joining(",")));
    Stream<String> body =
        rows.stream()
            .map(
                row ->
                    columns.stream()
                        .map(column -> Objects.toString(column.value().apply(row), ""))
                        .collect(Collectors.joining(",")));
    return Stream.concat(head, body).collect(Collectors.joining("\n", "", "\n"));
  }

  /** Headings of the table for people, then a line of cells for each row. */
  static List<List<String>> table(List<Row> rows) {
    Stream<List<String>> head =
        Stream.of(
            List.of(
                "recipe",
                "batch",
                "best rate",
                "peak",
                "good rates",
                "steps",
                "seconds",
                "score",
                "spread",
                "seeds",
                "diverged"));
    return Stream.concat(head, rows.stream().map(Columns::cells)).toList();
  }

  private static List<String> cells(Row row) {
    return Arrays.asList(
        row.recipe(),
        String.valueOf(row.batch()),
        row.best().map(best -> number(best.rate())).orElse("none"),
        number(row.peakRate()),
        row.good().map(Columns::range).orElse("not searched"),
        number(row.mean(Outcome::steps)),
        number(row.mean(Outcome::seconds)),
        points(row.mean()),
        points(row.spread()),
        String.valueOf(row.scores().size()),
        "%d of %d".formatted(row.diverged(), row.runs().size()));
  }

  private static String range(Row.Range range) {
    return "%s to %s (× %s)"
        .formatted(number(range.from()), number(range.to()), number(range.width()));
  }

  /** The table in Markdown. */
  static String markdown(List<Row> rows) {
    List<List<String>> table = table(rows);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < table.size(); i++) {
      text.append("| ").append(String.join(" | ", table.get(i))).append(" |\n");
      if (i == 0) {
        text.append("|").append(" --- |".repeat(table.get(0).size())).append('\n');
      }
    }
    return text.toString();
  }

  private static String points(Double value) {
    return value == null ? "–" : String.format(Locale.ROOT, "%.2f", value);
  }

  /** Four significant digits, without an exponent where it can be. */
  static String number(Double value) {
    if (value == null) {
      return "–";
    }
    double rounded = Double.parseDouble(String.format(Locale.ROOT, "%.3e", value));
    return rounded == Math.rint(rounded) && Math.abs(rounded) < 1e9
        ? String.valueOf((long) rounded)
        : String.valueOf(rounded);
  }
}
