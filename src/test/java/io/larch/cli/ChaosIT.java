package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code chaos} on a cluster that others have started, and what it leaves behind. */
@Tag("gate")
@Timeout(600)
class ChaosIT {
  private static final String RUN =
      """
      larch {
        model { name = mlp, hidden = 64 }
        data { name = glyphs, train-samples = 2000, test-samples = 70 }
        lanes = 8
        micro-batch = 8
        epochs = 1000000
        schedule { policy = constant, rate = 1 }
        evaluate { every-epochs = 0, at-end = false }
      }
      """;

  private final ObjectMapper json = new ObjectMapper();
  private final Programs programs = new Programs();
  private final List<CompletableFuture<Void>> keepers = new CopyOnWriteArrayList<>();

  @TempDir Path folder;

  @AfterEach
  void end() throws InterruptedException {
    keepers.forEach(keeper -> keeper.cancel(false));
    programs.end();
  }

  /** Starts a node and, as a service manager does, another in its place whenever it ends. */
  private void keepUp(List<String> arguments) {
    try {
      Process node = programs.nodeOf(arguments).process();
      keepers.add(node.onExit().thenRun(() -> keepUp(arguments)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<Integer> ports = new ArrayList<>();
    while (ports.size() < count) {
      ports.add(Programs.freePort());
    }
    return ports;
  }

  @Test
  void shouldDisturbAClusterThatItIsToldAndEndInTheSameBits() throws Exception {
    List<Integer> ports = freePorts(3);
    List<Integer> management = freePorts(3);
    String seeds = ports.stream().map(p -> "\"127.0.0.1:" + p + "\"").toList().toString();
    for (int i = 0; i < ports.size(); i++) {
      keepUp(
          Stream.of(
                  "cluster.port=" + ports.get(i),
                  "http.port=" + management.get(i),
                  "cluster.seeds=" + seeds,
                  "cluster.chaos=true",
                  "http.token=a-token-of-some-length",
                  "devices=1")
              .flatMap(setting -> Stream.of("-D", setting))
              .toList());
    }
    String to =
        management.stream().map(p -> "http://127.0.0.1:" + p).collect(Collectors.joining(","));
    List<JsonNode> told =
        chaos("--to", to, "--token", "a-token-of-some-length", "--faults", "flip,leave,stop,kill");
    assertEquals(
        List.of("flip", "leave", "stop", "kill"),
        told.stream().limit(4).map(fault -> fault.path("fault").asText()).toList());
    for (JsonNode fault : told.subList(0, 4)) {
      assertEquals(0, fault.path("repeated_steps").asInt(), fault.toString());
      assertEquals(0, fault.path("missed").size(), fault.toString());
    }
    assertEquals("result", told.get(4).path("event").asText());
  }

  @Test
  void shouldLeaveNothingWhenItIsInterrupted() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    programs.set("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
    Process chaos =
        programs.larch(command("--nodes", "2", "--faults", "flip,disk", "--for", "PT1H"));
    String first = chaos.inputReader().readLine();
    assertEquals("flip", json.readTree(first).path("fault").asText());
    chaos.destroy();
    assertNotEquals(0, chaos.waitFor());
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.filter(path -> path.toString().contains("chaos")).toList());
    }
  }

  private List<String> command(String... options) throws IOException {
    Path run = Files.writeString(folder.resolve("run.conf"), RUN);
    List<String> command = new ArrayList<>(List.of("chaos", run.toString(), "--json"));
    command.addAll(List.of(options));
    return command;
  }

  /** The exit code says whether the weights were the same. */
  private List<JsonNode> chaos(String... options) throws IOException {
    return programs.told(command(options), line -> {});
  }
}
