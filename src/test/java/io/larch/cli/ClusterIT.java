package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.larch.cli.Programs.NodeProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clusters of real processes end in the bits of one process. */
@Timeout(240)
class ClusterIT {
  private static final List<String> RUN =
      List.of(
          "model=lenet",
          "data.train-samples=400",
          "data.test-samples=70",
          "lanes=8",
          "micro-batch=4",
          "global-batch=64",
          "epochs=2",
          "steps=6",
          "slice-bytes=256KiB");

  private final Programs programs = new Programs();

  @TempDir Path folder;

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  @Test
  void shouldGiveTheSameBitsInOneProcessAndInThree() throws Exception {
    JsonNode one = train("--nodes", "1", "-D", "devices=1");
    JsonNode three = train("--nodes", "3", "-D", "devices=1");
    assertEquals(one.get("weights_sha256"), three.get("weights_sha256"));
    assertEquals(one.get("train_loss"), three.get("train_loss"));
    assertEquals(one.get("test_top1"), three.get("test_top1"));
  }

  @Tag("gate")
  @Test
  void shouldGiveTheSameBitsWhenResumedInOtherProcesses() throws Exception {
    String out = folder.resolve("run").toString();
    JsonNode whole = train("--nodes", "1");
    train("--nodes", "2", "--out", out, "-D", "steps=3");
    JsonNode resumed = train("--nodes", "3", "--out", out, "--resume");
    assertEquals(whole.get("weights_sha256"), resumed.get("weights_sha256"));
  }

  /** The checkpoint of step 0 is another beginning than that of the run's seed. */
  @Tag("gate")
  @Test
  void shouldBeginFromConvertedWeightsInOneProcessAndInTwo() throws Exception {
    String trained = folder.resolve("trained").toString();
    JsonNode seeded = train("--nodes", "1", "--out", trained);
    String weights = folder.resolve("weights.safetensors").toString();
    assertEquals(0, programs.larch(List.of("convert", trained, "--to", weights)).waitFor());
    JsonNode one = trainConverted(weights, "1");
    assertNotEquals(seeded.get("weights_sha256"), one.get("weights_sha256"));
    assertEquals(one.get("weights_sha256"), trainConverted(weights, "2").get("weights_sha256"));
  }

  private JsonNode trainConverted(String weights, String nodes) throws Exception {
    String out = folder.resolve("converted-" + nodes).toString();
    List<String> convert =
        List.of("convert", runFile().toString(), "--from", weights, "--out", out);
    assertEquals(0, programs.larch(convert).waitFor());
    return train("--nodes", nodes, "--out", out, "--resume");
  }

  @Test
  void shouldTrainWhatIsSubmittedToNodesOfUnequalSize() throws Exception {
    JsonNode alone = train("--nodes", "1");
    List<NodeProgram> nodes =
        programs.cluster(List.of(List.of("devices=3"), List.of("devices=2"), List.of("devices=1")));
    String second = nodes.get(1).endpoint();
    assertEquals(
        0, programs.larch(List.of("submit", runFile().toString(), "--to", second)).waitFor());
    Process watch = programs.larch(List.of("watch", "--to", nodes.get(2).endpoint(), "--json"));
    JsonNode result = programs.lastLine(watch);
    assertEquals(0, watch.waitFor());
    assertEquals(alone.get("weights_sha256"), result.get("weights_sha256"));
    Programs.await(
        () -> !programs.status(nodes.get(1)).path("result").isNull(), "the result is told");
    JsonNode status = programs.status(nodes.get(1));
    assertEquals("done", status.get("state").asText());
    assertEquals(alone.get("weights_sha256"), status.get("result").get("weights_sha256"));
    assertTellsWhereTimeWent(status.get("nodes"));
  }

  private static void assertTellsWhereTimeWent(JsonNode nodes) {
    List<Integer> devices = new ArrayList<>();
    for (JsonNode node : nodes) {
      JsonNode step = node.get("last_step");
      devices.add(step.get("devices").size());
      assertTrue(step.get("devices").get(0).get("backward").asDouble() > 0, step::toString);
      assertTrue(step.get("communication").asDouble() > 0, step::toString);
      double hidden = step.get("hidden").asDouble(-1);
      assertTrue(hidden >= 0 && hidden <= 1, step::toString);
    }
    devices.sort(null);
    assertEquals(List.of(1, 2, 3), devices);
  }

  @Test
  @Tag("gate")
  void shouldStopInTheBitsOfARunThatEndsThere() throws Exception {
    List<NodeProgram> nodes = programs.cluster(List.of(List.of("devices=1"), List.of("devices=1")));
    String endless = "\nlarch.epochs=1000000\nlarch.steps=1000000\n";
    Path file =
        Files.writeString(folder.resolve("endless.conf"), Files.readString(runFile()) + endless);
    String run = programs.submit(nodes.get(0), Files.readString(file));
    Programs.await(() -> programs.status(nodes.get(1)).path("step").asInt() > 3, "some steps");
    assertEquals(0, programs.larch(List.of("stop", "--to", nodes.get(1).endpoint())).waitFor());
    JsonNode stopped = programs.result(nodes.get(0), run);
    assertEquals("stopped", programs.status(nodes.get(0)).path("state").asText());
    JsonNode whole = train(file, "-D", "steps=" + stopped.get("step").asLong());
    assertEquals(whole.get("weights_sha256"), stopped.get("weights_sha256"));
  }

  /** One computes with fewer instructions than the other, and so other bits. */
  @Tag("gate")
  @ParameterizedTest
  @CsvSource({"strict, 2", "relaxed, 0"})
  void shouldRefuseOrTakeANodeThatComputesOtherBits(String determinism, int exitCode)
      throws Exception {
    NodeProgram first = programs.cluster(List.of(List.of("devices=1"))).get(0);
    programs.set("ONEDNN_MAX_CPU_ISA", "SSE41");
    programs.joining(first, List.of("devices=1"));
    programs.awaitMembers(first, 2);
    String run = Files.readString(runFile()) + "larch.determinism=" + determinism;
    Path file = Files.writeString(folder.resolve("relaxed.conf"), run);
    Process submit = programs.larch(List.of("submit", file.toString(), "--to", first.endpoint()));
    submit.waitFor();
    Process watch = programs.larch(List.of("watch", "--to", first.endpoint(), "--json"));
    String said = new String(watch.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(exitCode, watch.waitFor());
    if (exitCode == 0) {
      assertTrue(said.contains("\"event\":\"bits_differ\""), said);
      assertTrue(said.contains("with sse41") && said.contains("lost is"), said);
      assertTrue(said.contains("\"reproducible\":false"), said);
      assertTrue(programs.status(first).toString().contains("lost is"));
    } else {
      String reason = programs.status(first).toString();
      assertTrue(reason.contains("refused") && reason.contains("with sse41"), reason);
    }
  }

  private Path runFile() throws IOException {
    Path file = folder.resolve("run.conf");
    List<String> lines = new ArrayList<>(RUN);
    lines.add("data.name=glyphs");
    lines.add("optimizer.name=lars");
    return Files.writeString(
        file, "larch {\n" + String.join("\n", lines) + "\nschedule.rate=15\n}\n");
  }

  private JsonNode train(String... more) throws Exception {
    return train(runFile(), more);
  }

  private JsonNode train(Path run, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("train", run.toString(), "--json"));
    arguments.addAll(List.of(more));
    Process process = programs.larch(arguments);
    JsonNode last = programs.lastLine(process);
    assertEquals(0, process.waitFor());
    return last;
  }
}
