package io.larch.study;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Rectangle;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYErrorRenderer;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;
import org.w3c.dom.Document;

/** Draws what a study has found, each figure as SVG and as PNG. */
final class Figures {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 420;
  private static final float STROKE = 1.8f;
  private static final DecimalFormatSymbols PLAIN = DecimalFormatSymbols.getInstance(Locale.ROOT);
  private static final Color GRID = new Color(0xdddddd);

  /** Okabe and Ito's colours, told apart also by those who see fewer of them. */
  private static final List<Color> COLORS =
      List.of(
          new Color(0x0072b2),
          new Color(0xd55e00),
          new Color(0x009e73),
          new Color(0xcc79a7),
          new Color(0xe69f00),
          new Color(0x56b4e9),
          new Color(0x000000),
          new Color(0x999999));

  private Figures() {}

  /** Score over batch: the mean over seeds, with bars from the least to the greatest. */
  static JFreeChart scores(List<Row> rows, String score) {
    YIntervalSeriesCollection all = new YIntervalSeriesCollection();
    for (String recipe : rows.stream().map(Row::recipe).distinct().toList()) {
      YIntervalSeries series = new YIntervalSeries(recipe);
      rows.stream()
          .filter(row -> row.recipe().equals(recipe) && !row.scores().isEmpty())
          .forEach(row -> add(series, row.batch(), row.mean(), row.scores()));
      all.addSeries(series);
    }
    return chart(
        "Best rates: %s over global batch".formatted(score),
        batchAxis(rows.stream().map(Row::batch).distinct().toList()),
        score,
        all);
  }

  private static void add(YIntervalSeries series, double x, double mean, List<Double> scores) {
    DoubleStream least = scores.stream().mapToDouble(s -> s);
    DoubleStream most = scores.stream().mapToDouble(s -> s);
    series.add(x, mean, least.min().orElseThrow(), most.max().orElseThrow());
  }

  /** Score over rate in the search at a batch; what did not finish has no point. */
  static JFreeChart search(List<Row> rows, int batch, String score) {
    YIntervalSeriesCollection all = new YIntervalSeriesCollection();
    for (Row row : rows) {
      if (row.batch() == batch && !row.searched().isEmpty()) {
        YIntervalSeries series = new YIntervalSeries(row.recipe());
        row.searched().stream()
            .filter(Outcome::isFinished)
            .forEach(run -> series.add(run.rate(), run.score(), run.score(), run.score()));
        all.addSeries(series);
      }
    }
    LogAxis rates = new LogAxis("rate of the recipe");
    rates.setBase(10);
    rates.setNumberFormatOverride(new DecimalFormat("0.####", PLAIN));
    return chart("Search at a global batch of " + batch, rates, score, all);
  }

  private static LogAxis batchAxis(List<Integer> batches) {
    LogAxis axis = new LogAxis("global batch");
    axis.setBase(2);
    axis.setTickUnit(new NumberTickUnit(1));
    axis.setNumberFormatOverride(new DecimalFormat("0", PLAIN));
    double least = batches.stream().mapToInt(b -> b).min().orElse(1);
    double most = batches.stream().mapToInt(b -> b).max().orElse(2);
    axis.setRange(least / 1.3, most * 1.3);
    return axis;
  }

  private static JFreeChart chart(
      String title, LogAxis x, String score, YIntervalSeriesCollection data) {
    XYErrorRenderer renderer = new XYErrorRenderer();
    renderer.setDefaultLinesVisible(true);
    renderer.setDrawXError(false);
    for (int i = 0; i < data.getSeriesCount(); i++) {
      renderer.setSeriesPaint(i, COLORS.get(i % COLORS.size()));
      renderer.setSeriesStroke(i, new BasicStroke(STROKE));
    }
    NumberAxis y = new NumberAxis(score);
    y.setAutoRangeIncludesZero(false);
    XYPlot plot = new XYPlot(data, x, y, renderer);
    plot.setBackgroundPaint(Color.WHITE);
    plot.setDomainGridlinePaint(GRID);
    plot.setRangeGridlinePaint(GRID);
    plot.setOutlineVisible(false);
    JFreeChart chart = new JFreeChart(title, plot);
    chart.setBackgroundPaint(Color.WHITE);
    chart.getLegend().setFrame(BlockBorder.NONE);
    return chart;
  }

  /** Writes both files and returns the figure as an element of a page, which needs neither. */
  static String write(JFreeChart chart, Path folder, String name) throws IOException {
    byte[] svg = svg(chart).getBytes(UTF_8);
    Files.write(folder.resolve(name + ".svg"), svg);
    ChartUtils.saveChartAsPNG(folder.resolve(name + ".png").toFile(), chart, WIDTH, HEIGHT);
    return "<img alt=\"%s\" src=\"data:image/svg+xml;base64,%s\">"
        .formatted(chart.getTitle().getText(), Base64.getEncoder().encodeToString(svg));
  }

  private static String svg(JFreeChart chart) throws IOException {
    SVGGraphics2D graphics = new SVGGraphics2D(document());
    graphics.setSVGCanvasSize(new Dimension(WIDTH, HEIGHT));
    chart.draw(graphics, new Rectangle(WIDTH, HEIGHT));
    StringWriter text = new StringWriter();
    graphics.stream(text, true);
    return text.toString();
  }

  private static Document document() {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .getDOMImplementation()
          .createDocument("http://www.w3.org/2000/svg", "svg", null);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("every Java platform makes XML documents", e);
    }
  }
}
