package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void shouldForecastOverMeasuredLayers() throws JsonProcessingException {
    Session session =
        Session.of(
            "plan --nodes 1,2,8 --network 1gbe --devices 1 --steps 1 --samples 1000 --json -D micro-batch=4 -D global-batch=64"
                .split(" "));
    assertEquals(0, session.exitCode(), session.err());
    List<JsonNode> forecasts = rows(session, "forecast");
    assertEquals(3, forecasts.size());
    assertEquals(1, forecasts.get(0).get("efficiency").asDouble());
    assertEquals(0, forecasts.get(0).get("bytes_sent_max").asLong());
    for (JsonNode each : forecasts) {
      double rate = 64 / each.get("step_seconds").asDouble();
      assertEquals(rate, each.get("samples_per_second").asDouble(), 1e-6 * rate);
      assertTrue(each.get("step_seconds").asDouble() >= each.get("compute_seconds").asDouble());
    }
    double wire = forecasts.get(1).get("bytes_sent_max").asLong() * 8 / 0.95e9;
    assertTrue(forecasts.get(1).get("reduction_seconds").asDouble() >= wire, session.out());
    assertEquals(2, rows(session, "exchange").size());
    assertEquals(8, rows(session, "result").get(0).get("nodes").asInt());
  }

  /** The eight lanes of the default run are enough for as many nodes of one device. */
  @Test
  void shouldForecastARangeAsFarAsTheLanesGo() throws JsonProcessingException {
    Session session = Session.of("plan --devices 1 --steps 1 --json -D micro-batch=4".split(" "));
    assertEquals(0, session.exitCode(), session.err());
    assertEquals(
        List.of(1, 2, 4, 8),
        rows(session, "forecast").stream().map(row -> row.get("nodes").asInt()).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "plan --nodes 64 --steps 1 -D micro-batch=4, 8 lanes",
    "plan --network token-ring, 10gbe",
    "plan --nodes none, 1..64",
    "plan --network measured, bench allreduce --hosts",
    "plan --nodes 3 --hosts 2 --steps 1 -D micro-batch=4, evenly",
    "plan --nodes 2 --steps 1 -D micro-batch=4 --allreduce pom.xml, bench allreduce --json"
  })
  void shouldRefuseWhatCannotBePlanned(String line, String word) {
    Session session = Session.of(line.split(" "));
    assertEquals(2, session.exitCode(), session.err());
    assertTrue(session.err().contains(word), session.err());
  }

  @Test
  void shouldTakeTheCostOfHandingOverFromAMeasuredReduction(@TempDir Path folder)
      throws IOException {
    String measured =
        "{\"latency_seconds\":0.5,\"seconds_per_byte\":1e-9,\"core_seconds_per_byte\":1e-9}\n";
    Path file = Files.writeString(folder.resolve("allreduce.json"), measured);
    String line =
        "plan --nodes 2 --hosts 1 --devices 1 --steps 1 --json -D micro-batch=4 --allreduce "
            + file;
    Session session = Session.of(line.split(" "));
    assertEquals(0, session.exitCode(), session.err());
    double reduction = rows(session, "forecast").get(0).get("reduction_seconds").asDouble();
    assertTrue(reduction >= 2 * 0.5, session.out());
  }

  private static List<JsonNode> rows(Session session, String kind) throws JsonProcessingException {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : session.lines()) {
      JsonNode row = JSON.readTree(line);
      if (row.get("event").asText().equals(kind)) {
        rows.add(row);
      }
    }
    return rows;
  }
}
