package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The timeline of real processes that are killed on the way. */
@Tag("gate")
@Timeout(240)
class TimelineIT {
  private static final ObjectMapper STRICT =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Programs programs = new Programs();

  @TempDir Path folder;

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  private record Span(int process, double begin, double end) {
    boolean overlaps(Span other) {
      return process == other.process && begin < other.end && other.begin < end;
    }
  }

  @Test
  void shouldShowReductionUnderBackwardOfAllNodesThoughItWasKilled() throws Exception {
    Path file = folder.resolve("timeline.json");
    Process train = programs.unheard(train(file));
    await(file, train);
    train.destroyForcibly().waitFor();
    assertEquals(2, hiding(STRICT.readTree(file.toFile())).size());
  }

  /** Processes in which something was reduced while a layer went backward. */
  private static Set<Integer> hiding(JsonNode events) {
    List<Span> backward = new ArrayList<>();
    List<Span> reduction = new ArrayList<>();
    Map<String, Double> departed = new HashMap<>();
    for (JsonNode event : events) {
      int process = event.get("pid").asInt();
      double time = event.path("ts").asDouble();
      if (is(event, "X", "backward")) {
        backward.add(new Span(process, time, time + event.get("dur").asDouble()));
      } else if (is(event, "b", "reduction")) {
        departed.put(event.get("id").asText(), time);
      } else if (is(event, "e", "reduction")) {
        reduction.add(new Span(process, departed.remove(event.get("id").asText()), time));
      }
    }
    return reduction.stream()
        .filter(each -> backward.stream().anyMatch(each::overlaps))
        .map(Span::process)
        .collect(Collectors.toSet());
  }

  private static boolean is(JsonNode event, String phase, String kind) {
    return event.get("ph").asText().equals(phase) && event.path("cat").asText().equals(kind);
  }

  private static void await(Path file, Process train) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(150).toNanos();
    long seen = 0;
    boolean enough = false;
    while (!enough) {
      assertFalse(System.nanoTime() > deadline, "no timeline of two nodes within 150 s");
      assertTrue(train.isAlive(), "training has ended");
      long size = Files.exists(file) ? Files.size(file) : 0;
      enough = size > 2 * seen + 10_000 && hiding(read(file)).size() == 2;
      seen = size > 2 * seen + 10_000 ? size : seen;
    }
  }

  /** What is written while it is read may be seen in part. */
  private static JsonNode read(Path file) throws IOException {
    try {
      return STRICT.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      return STRICT.createArrayNode();
    }
  }

  private static List<String> train(Path file) {
    List<String> command =
        new ArrayList<>(List.of("train", "--nodes", "2", "--timeline", file.toString()));
    for (String key :
        List.of(
            "model=lenet",
            "data.name=glyphs",
            "data.train-samples=4000",
            "lanes=4",
            "micro-batch=8",
            "epochs=500",
            "devices=1",
            "schedule.rate=0.1",
            "evaluate.every-epochs=0",
            "slice-bytes=256KiB")) {
      command.addAll(List.of("-D", key));
    }
    return command;
  }
}
