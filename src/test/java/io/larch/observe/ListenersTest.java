package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenersTest {
  private static final Event.Started STARTED =
      new Event.Started(0, 40, 4096, 2, "lenet", 3_274_634);
  private static final Event.Result RESULT =
      new Event.Result(
          40, 2.73, 163_840, 0.25, 0.96, 0.99, null, 1234.5, null, 3.3, 0.1, null, "ab12", true);

  private final Printed printed = new Printed();

  @Test
  void shouldWriteTheKeysOfTheResultLine() {
    new JsonLines(printed.stream()).on(RESULT);
    assertEquals(
        "{\"event\":\"result\",\"step\":40,\"epoch\":2.73,\"samples\":163840,\"train_loss\":0.25,"
            + "\"test_top1\":0.96,\"test_top5\":0.99,\"test_bleu\":null,"
            + "\"images_per_second\":1234.5,\"tokens_per_second\":null,\"step_seconds\":3.3,"
            + "\"data_wait_seconds\":0.1,\"peak_rss_bytes\":null,\"weights_sha256\":\"ab12\",\"reproducible\":true}",
        printed.text().strip());
  }

  @Test
  void shouldWriteOneObjectALineWhateverTheText() throws IOException {
    JsonLines json = new JsonLines(printed.stream());
    json.on(new Event.Warning("two\nlines \"quoted\" ä"));
    json.on(new Event.CheckpointWritten(3, "out/step-00000003"));
    json.on(step(4));
    json.print("result", Map.of("parameters", 7));
    List<JsonNode> lines = new ArrayList<>();
    for (String line : printed.lines()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertEquals("two\nlines \"quoted\" ä", lines.get(0).get("text").asText());
    assertEquals("checkpoint_written", lines.get(1).get("event").asText());
    assertEquals(0.5, lines.get(2).get("loss").asDouble());
    assertTrue(lines.get(2).has("train_top1"));
    assertEquals("{\"event\":\"result\",\"parameters\":7}", lines.get(3).toString());
  }

  @Test
  void shouldThinOutStepsInPlainLines() {
    AtomicLong seconds = new AtomicLong();
    PlainProgress plain = new PlainProgress(printed.stream(), () -> seconds.get() * 1_000_000_000L);
    plain.on(STARTED);
    for (int step = 1; step <= 40; step++) {
      plain.on(step(step));
      if (step % 10 == 0) {
        seconds.incrementAndGet();
      }
    }
    List<String> steps = printed.lines().stream().filter(l -> l.startsWith("step ")).toList();
    assertEquals(
        List.of("step 1", "step 21", "step 40"),
        steps.stream().map(line -> line.replaceAll("^(step \\d+) .*", "$1")).toList());
  }

  @Test
  void shouldTellTheResultInPlainWords() {
    new PlainProgress(printed.stream(), () -> 0).on(RESULT);
    assertEquals(
        List.of(
            "40 steps, 2.73 epochs, loss 0.2500, 1235 samples/s",
            "test accuracy 96.00 % (top 5 99.00 %)",
            "weights ab12"),
        printed.lines());
  }

  @Test
  void shouldTellHowWellWasTranslated() {
    new PlainProgress(printed.stream(), () -> 0)
        .on(
            new Event.Result(
                40, 2, 80, 2.5, 0.5, 0.75, 31.25, 10.0, 125.0, 3.3, 0.1, null, "ab12", true));
    assertEquals(
        List.of(
            "40 steps, 2.00 epochs, loss 2.5000, 10 samples/s, 125 target words/s",
            "test accuracy 50.00 % (top 5 75.00 %)",
            "test BLEU 31.25",
            "weights ab12"),
        printed.lines());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldShowFiguresInTheBarAndColoursOnlyWhenWelcome(boolean color) {
    try (TerminalProgress terminal = new TerminalProgress(printed.stream(), color)) {
      terminal.on(STARTED);
      terminal.on(step(40));
      terminal.on(RESULT);
    }
    assertTrue(printed.text().contains("40/40"), printed.text());
    assertTrue(printed.text().contains("weights ab12"), printed.text());
    assertEquals(color, printed.text().contains("\033[33m"), printed.text());
  }

  @Test
  void shouldPassEventsOnInOrder() {
    List<String> heard = new ArrayList<>();
    new FanOut(List.of(e -> heard.add("first"), e -> heard.add("second"))).on(STARTED);
    assertEquals(List.of("first", "second"), heard);
  }

  @Test
  void shouldReadThePeakOfTheStatusFile() {
    assertEquals(
        2048L * 1024, PeakMemory.residentBytes(List.of("VmPeak:\t 9 kB", "VmHWM:\t    2048 kB")));
    assertNull(PeakMemory.residentBytes(List.of("VmPeak:\t 9 kB")));
    Long own = PeakMemory.residentBytes();
    assertFalse(own != null && own < 10_000_000, "a JVM needs more than " + own);
  }

  private static Event.Step step(long step) {
    return new Event.Step(step, 0.1, 0.5, 0.75, 10, 1000, 4, 0, List.of());
  }
}
