package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TimelineTest {
  private static final int LIMIT = 1 << 20;
  private static final ObjectMapper STRICT =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  @TempDir Path folder;

  private final Timeline timeline = new Timeline();
  private final Track track = timeline.track("device \"0\"");

  private List<JsonNode> taken(String events) throws IOException {
    List<JsonNode> list = new ArrayList<>();
    STRICT.readTree("[" + events + "]").forEach(list::add);
    return list;
  }

  private static List<JsonNode> ofPhase(String phase, List<JsonNode> events) {
    return events.stream().filter(e -> e.get("ph").asText().equals(phase)).toList();
  }

  @Test
  void shouldTellNothingWhileNobodyTakesIt() {
    track.span("forward", "conv1", Track.NO_SLICE, 1, 2);
    timeline.begin();
    assertTrue(track.isTaken());
    assertTrue(!timeline.take(0, "node", 0, LIMIT).contains("conv1"));
    timeline.end();
    assertTrue(!track.isTaken());
  }

  @Test
  void shouldTellSpansInTheChromeFormatOnTheTakersClock() throws IOException {
    timeline.begin();
    track.step(7);
    track.span("forward", "conv\\1", Track.NO_SLICE, 2_000, 3_500);
    track.flight("reduction", "fc", 5, 2_500, 9_000);
    List<JsonNode> events = taken(timeline.take(3, "a node", 1_000, LIMIT));
    JsonNode span = ofPhase("X", events).get(0);
    assertEquals("conv\\1", span.get("name").asText());
    assertEquals("forward", span.get("cat").asText());
    assertEquals(3.0, span.get("ts").asDouble());
    assertEquals(1.5, span.get("dur").asDouble());
    assertEquals(3, span.get("pid").asInt());
    assertEquals(7, span.get("args").get("step").asLong());
    JsonNode begin = ofPhase("b", events).get(0);
    JsonNode end = ofPhase("e", events).get(0);
    assertEquals(begin.get("id"), end.get("id"));
    assertEquals(3.5, begin.get("ts").asDouble());
    assertEquals(10.0, end.get("ts").asDouble());
    assertEquals(5, begin.get("args").get("slice").asInt());
    List<String> names =
        ofPhase("M", events).stream().map(e -> e.get("args").get("name").asText()).toList();
    assertEquals(List.of("a node", "device \"0\""), names);
  }

  @Test
  void shouldCountWhatIsLeftOutWhenNobodyComes() throws IOException {
    timeline.begin();
    int spans = 20_000;
    for (int i = 0; i < spans; i++) {
      track.span("forward", "conv1", Track.NO_SLICE, i, i + 1);
    }
    List<JsonNode> events = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      events.addAll(taken(timeline.take(0, "node", 0, 64 * 1024)));
    }
    long leftOut = ofPhase("i", events).stream().mapToLong(TimelineTest::spans).sum();
    assertTrue(leftOut > 0);
    assertEquals(spans, ofPhase("X", events).size() + leftOut);
  }

  private static long spans(JsonNode event) {
    return event.get("args").get("spans").asLong();
  }

  @Test
  void shouldBeCompleteJsonAfterEveryWrite() throws IOException {
    Path file = folder.resolve("timeline.json");
    try (TraceFile trace = TraceFile.create(file, 64 << 10)) {
      for (int i = 0; i < 200; i++) {
        trace.events(Timeline.note(i, "æ" + i));
        awaitText(file, "\"æ" + i + "\"");
        assertEquals(i + 1, STRICT.readTree(file.toFile()).size());
      }
    }
    assertEquals(200, STRICT.readTree(file.toFile()).size());
  }

  private static void awaitText(Path file, String text) throws IOException {
    while (!Files.readString(file).contains(text)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldStayBelowItsGreatestSizeAndSayWhatIsMissing() throws IOException {
    Path file = folder.resolve("timeline.json");
    try (TraceFile trace = TraceFile.create(file, 2_000)) {
      for (int i = 0; i < 100; i++) {
        trace.events(Timeline.note(i, "event " + i));
      }
    }
    JsonNode events = STRICT.readTree(file.toFile());
    assertTrue(Files.size(file) < 2_600, "bytes: " + Files.size(file));
    JsonNode last = events.get(events.size() - 1);
    assertTrue(last.get("name").asText().contains("pieces are left out"), last::toString);
  }

  @Test
  void shouldRefuseAFileThatCannotBeWritten() {
    Path file = folder.resolve("no folder").resolve("timeline.json");
    Refusal refusal = assertThrows(Refusal.class, () -> TraceFile.create(file, 1 << 20));
    assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
  }
}
