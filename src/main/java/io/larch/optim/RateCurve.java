package io.larch.optim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The curve of a schedule, sampled for people to read. */
public record RateCurve(List<Row> rows) {
  /**
   * A point of the curve.
   *
   * @param step counted from 1
   * @param epoch passes over the training set before the step
   */
  public record Row(long step, double epoch, double rate) {}

  public RateCurve {
    rows = List.copyOf(rows);
  }

  /** Samples evenly from the first step to the last, both included; fewer if there are fewer. */
  public static RateCurve sample(
      Schedule schedule, long totalSteps, double stepsPerEpoch, int points) {
    int count = (int) Math.min(points, totalSteps);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long step = count == 1 ? 1 : 1 + Math.round(i * (totalSteps - 1.0) / (count - 1));
      rows.add(new Row(step, (step - 1) / stepsPerEpoch, schedule.rate(step)));
    }
    return new RateCurve(rows);
  }

  /**
   * The curve as text: rate upwards from 0 to the highest, one column for each row sampled, then an
   * axis with the first and the last step.
   */
  public List<String> plot(int height) {
    double top = rows.stream().mapToDouble(Row::rate).max().orElse(0);
    char[][] cells = new char[height][rows.size()];
    for (char[] line : cells) {
      Arrays.fill(line, ' ');
    }
    for (int x = 0; x < rows.size(); x++) {
      double share = top == 0 ? 0 : rows.get(x).rate() / top;
      cells[height - 1 - (int) Math.round(share * (height - 1))][x] = '*';
    }
    List<String> lines = new ArrayList<>();
    for (int y = 0; y < height; y++) {
      double label = height == 1 ? top : top * (height - 1 - y) / (height - 1);
      lines.add(labelled(String.format(Locale.ROOT, "%.4g", label), '|', new String(cells[y])));
    }
    lines.add(labelled("", '+', "-".repeat(rows.size())));
    lines.add(axis());
    return lines;
  }

  private String axis() {
    String first = "step " + rows.get(0).step();
    String last = String.valueOf(rows.get(rows.size() - 1).step());
    int gap = Math.max(1, rows.size() - first.length() - last.length());
    return labelled("", ' ', first + " ".repeat(gap) + last);
  }

  private static String labelled(String label, char edge, String line) {
    return String.format("%10s %c%s", label, edge, line).stripTrailing();
  }
}
