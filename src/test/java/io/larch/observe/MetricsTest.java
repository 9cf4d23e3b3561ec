package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Prometheus is told, read by the rules of its text format and naming. */
class MetricsTest {
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

  @Test
  void shouldCountInBaseUnitsWithHelpTexts() {
    tellTwoSteps();
    Map<String, Double> read = Exposition.read(metrics.text());
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
    Map<String, Double> read = Exposition.read(metrics.text());
    assertEquals(4, read.get("larch_phase_seconds_count{phase=\"backward\"}"));
    assertEquals(8, read.get("larch_phase_seconds_sum{phase=\"backward\"}"));
    assertEquals(0, read.get("larch_phase_seconds_bucket{phase=\"backward\",le=\"1.0\"}"));
    assertEquals(4, read.get("larch_phase_seconds_bucket{phase=\"backward\",le=\"2.5\"}"));
    assertEquals(4, read.get("larch_phase_seconds_bucket{phase=\"backward\",le=\"+Inf\"}"));
    assertEquals(1, read.get("larch_step_seconds_sum"));
  }

  /** What the other tests read by does not let everything pass. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "# TYPE a gauge\na 1",
        "# HELP a x\na 1",
        "# HELP a x\n# TYPE a counter\na 1",
        "# HELP a_total x\n# TYPE a_total gauge\na_total 1",
        "# HELP a_ms x\n# TYPE a_ms gauge\na_ms 1",
        "# HELP a x\n# TYPE a gauge\na 1\na 2",
        "# HELP a x\n# TYPE a gauge\nb 1",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 2\na_sum 1"
      })
  void shouldReadStrictly(String text) {
    assertThrows(AssertionError.class, () -> Exposition.read(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"alerts.yml", "grafana-dashboard.json"})
  void shouldHaveWhatTheShippedFilesAskFor(String file) throws IOException {
    tellTwoSteps();
    Set<String> told =
        Exposition.read(metrics.text()).keySet().stream()
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
