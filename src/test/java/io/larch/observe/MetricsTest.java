package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Prometheus is told, read by the rules of its text format. */
class MetricsTest {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z][a-z0-9_]*)(\\{([a-z_]+=\"[^\"\\n]*\",?)*})? (\\S+)");
  private static final Pattern NAME = Pattern.compile("\\b(?:larch|jvm)_[a-z_]+");

  private final Network network =
      new Network(List.of(new Network.OfStream("b", "up", 100, 200, 3)), 4, 5, 6, 7);
  private final Metrics metrics = new Metrics(() -> network, () -> 4_096);

  private void tellTwoSteps() {
    DevicePhases device = new DevicePhases(0.002, 0.02, 0.2, 2, 0.5);
    NodePhases node = new NodePhases("a", List.of(device, device), 0.1, 0.2, 0.5, 0.75);
    for (int step = 1; step <= 2; step++) {
      metrics.on(new Event.Step(step, 0.5, 2.5, 0.125, 0.25, 1024, 0.5, 0.1, List.of(node)));
    }
    metrics.on(new Event.Evaluated(2, 1.5, 0.5, 0.75, null, 100, 0));
    metrics.on(new Event.Generation(3, 2, "a node was lost"));
    metrics.on(new Event.Missing(List.of(new Absence("b", 3, "reduction", "conv1", 0, ""))));
  }

  /** Values by name and labels; checks form, order and that every name has a help text and type. */
  private static Map<String, Double> read(String text) {
    Map<String, Double> samples = new TreeMap<>();
    Map<String, String> types = new HashMap<>();
    Set<String> helped = new TreeSet<>();
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# HELP ")) {
        assertTrue(helped.add(words[2]) && !words[3].isBlank(), line);
      } else if (line.startsWith("# TYPE ")) {
        types.put(words[2], words[3]);
      } else {
        Matcher sample = SAMPLE.matcher(line);
        assertTrue(sample.matches(), line);
        String base = sample.group(1).replaceAll("_(bucket|sum|count)$", "");
        boolean whole = "histogram".equals(types.get(base)) || "summary".equals(types.get(base));
        String family = whole ? base : sample.group(1);
        assertTrue(helped.contains(family) && types.containsKey(family), line);
        samples.put(line.substring(0, line.lastIndexOf(' ')), value(sample.group(4)));
      }
    }
    return samples;
  }

  private static double value(String text) {
    return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  @Test
  void shouldCountInBaseUnitsWithHelpTexts() {
    tellTwoSteps();
    Map<String, Double> read = read(metrics.text());
    assertEquals(2, read.get("larch_steps_total"));
    assertEquals(1024, read.get("larch_samples_total"));
    assertEquals(2.5, read.get("larch_loss{set=\"train\"}"));
    assertEquals(1.5, read.get("larch_loss{set=\"test\"}"));
    assertEquals(3, read.get("larch_generation"));
    assertEquals(0.75, read.get("larch_hidden_communication_ratio{node=\"a\"}"));
    assertEquals(100, read.get("larch_sent_bytes_total{peer=\"b\",stream=\"up\"}"));
    assertEquals(200, read.get("larch_received_bytes_total{peer=\"b\",stream=\"up\"}"));
    assertEquals(3, read.get("larch_back_pressure_total{peer=\"b\",stream=\"up\"}"));
    assertEquals(6, read.get("larch_dropped_frames_total{reason=\"stale\"}"));
    assertEquals(7, read.get("larch_retransmits_total"));
    assertEquals(4_096, read.get("larch_native_memory_bytes{owner=\"blocks\"}"));
    assertTrue(read.keySet().stream().anyMatch(name -> name.startsWith("jvm_memory_used_bytes")));
  }

  @Test
  void shouldShowPhasesAsHistograms() {
    tellTwoSteps();
    Map<String, Double> read = read(metrics.text());
    assertEquals(4, read.get("larch_phase_seconds_count{phase=\"backward\"}"));
    assertEquals(8, read.get("larch_phase_seconds_sum{phase=\"backward\"}"));
    assertEquals(0, read.get("larch_phase_seconds_bucket{phase=\"backward\",le=\"1.0\"}"));
    assertEquals(4, read.get("larch_phase_seconds_bucket{phase=\"backward\",le=\"2.5\"}"));
    assertEquals(4, read.get("larch_phase_seconds_bucket{phase=\"backward\",le=\"+Inf\"}"));
    assertEquals(1, read.get("larch_step_seconds_sum"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"alerts.yml", "grafana-dashboard.json"})
  void shouldHaveWhatTheShippedFilesAskFor(String file) throws IOException {
    tellTwoSteps();
    Set<String> told =
        read(metrics.text()).keySet().stream()
            .map(name -> name.replaceAll("\\{.*", ""))
            .collect(Collectors.toSet());
    Matcher asked = NAME.matcher(Files.readString(Path.of("docs", "monitoring", file)));
    int names = 0;
    while (asked.find()) {
      assertTrue(told.contains(asked.group()), asked.group() + " is not in " + told);
      names++;
    }
    assertTrue(names > 5, file + " asks for " + names);
  }

  /** Who is missing is told while it is, in the words of the log. */
  @Test
  void shouldTellWhoIsMissingAndForHowLong() {
    long since = System.currentTimeMillis() - 60_000;
    metrics.on(
        new Event.Missing(List.of(new Absence("b", 7, "reduction", "conv1", since, "node b …"))));
    Matcher figure =
        Pattern.compile(
                "larch_missing_seconds\\{layer=\"conv1\",node=\"b\",phase=\"reduction\"} (\\S+)")
            .matcher(metrics.text());
    assertTrue(figure.find(), metrics::text);
    assertTrue(Double.parseDouble(figure.group(1)) >= 60);
    metrics.on(new Event.Missing(List.of()));
    assertFalse(metrics.text().contains("larch_missing_seconds{"));
  }
}
