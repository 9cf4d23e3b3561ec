package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.cli.Programs.NodeProgram;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes as the shipped node files describe them, on the ports that stand there. */
@Tag("gate")
class ShippedClusterIT {
  private static final Duration LOADED = Duration.ofMinutes(10);
  private static final double ANSWER_LIMIT_MS = 100;
  private static final List<String> QUESTIONS =
      List.of("/larch/run/status", "/alive", "/ready", "/cluster/members");

  private final ObjectMapper json = new ObjectMapper();
  private final Programs programs = new Programs();

  @TempDir Path folder;

  /** What curl got: the status of the answer and its body. */
  private record Answer(int status, String body) {}

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  private List<NodeProgram> cluster() throws IOException {
    List<NodeProgram> nodes = new ArrayList<>();
    for (String file : List.of("seed-1.conf", "node-2.conf", "node-3.conf")) {
      nodes.add(programs.nodeOf(List.of("cluster-configs/" + file)));
    }
    programs.awaitMembers(nodes.get(0), 3);
    return nodes;
  }

  private static String run(int microBatch, int steps) {
    return """
    larch {
      model = lenet
      data { name = glyphs, train-samples = 4000, test-samples = 70 }
      lanes = 8
      micro-batch = %d
      epochs = 1000000
      steps = %d
      schedule { policy = constant, rate = 2 }
      evaluate.every-epochs = 0
    }
    """
        .formatted(microBatch, steps);
  }

  @Test
  @Timeout(240)
  void shouldTrainWhatIsHandedInByCurl() throws Exception {
    assumeTrue(hasCurl(), "the program curl is absent");
    List<NodeProgram> nodes = cluster();
    String first = nodes.get(0).endpoint();
    String body = "@" + Files.writeString(folder.resolve("run.conf"), run(16, 40));
    Answer taken = curl("--data-binary", body, first + "/larch/run/submit");
    assertEquals(202, taken.status(), taken.body());
    String run = json.readTree(taken.body()).get("run").asText();

    Answer second = curl("--data-binary", body, nodes.get(1).endpoint() + "/larch/run/submit");
    assertEquals(409, second.status());
    assertTrue(second.body().contains("The run " + run + " is in progress"), second.body());

    List<Long> steps = new ArrayList<>();
    JsonNode status = json.createObjectNode();
    while (!status.path("state").asText().equals("done")) {
      status = json.readTree(curl(nodes.get(2).endpoint() + "/larch/run/status").body());
      assertEquals(run, status.get("run").asText());
      assertTrue(List.of("preparing", "training", "done").contains(status.get("state").asText()));
      steps.add(status.get("step").asLong());
    }
    assertEquals(steps.stream().sorted().toList(), steps, "steps only grow");
    assertTrue(steps.stream().distinct().count() > 3, "followed on its way: " + steps);
    assertEquals(40, status.get("step").asLong());
    assertEquals(3, status.get("nodes").size());
    assertEquals(409, curl("-X", "POST", first + "/larch/run/stop").status(), "nothing runs now");
  }

  @Test
  @Timeout(120)
  void shouldAskForTheTokenWhereOtherMachinesReachIt() throws Exception {
    assumeTrue(hasCurl(), "the program curl is absent");
    Process open = programs.larch(List.of("node", "-D", "http.bind-host=0.0.0.0"));
    assertEquals(2, open.waitFor(), "an endpoint that everybody may use to change state");
    NodeProgram node =
        programs.nodeOf(
            List.of(
                "cluster-configs/seed-1.conf",
                "-D",
                "http.bind-host=0.0.0.0",
                "-D",
                "http.token=a-token-of-some-length"));
    String submit = node.endpoint() + "/larch/run/submit";
    assertEquals(401, curl("--data", run(16, 1), submit).status());
    String wrong = "Authorization: Bearer another-token-of-some-length";
    assertEquals(401, curl("-H", wrong, "--data", run(16, 1), submit).status());
    String right = "Authorization: Bearer a-token-of-some-length";
    assertEquals(202, curl("-H", right, "--data", run(16, 1), submit).status());
    assertEquals(200, curl(node.endpoint() + "/larch/run/status").status());
  }

  /** More devices than cores, all at work: nobody is held for absent, and all answer at once. */
  @Test
  @Timeout(1200)
  void shouldHoldTogetherAndAnswerUnderFullLoad() throws Exception {
    Path log = folder.resolve("log");
    programs.logTo(log);
    List<NodeProgram> nodes = cluster();
    programs.submit(nodes.get(0), run(128, 1_000_000));
    List<Long> tookNs = new ArrayList<>();
    long steps = 0;
    try (Stream<String> events = programs.follow(nodes.get(0))) {
      Iterator<String> lines = events.iterator();
      for (long end = System.nanoTime() + LOADED.toNanos(); System.nanoTime() < end; steps++) {
        awaitStep(lines);
        nodes.forEach(node -> ask(node, tookNs));
      }
    }
    tookNs.sort(null);
    System.out.printf(
        "%d steps in %s; %d answers: median %.1f ms, 99 %% within %.1f ms, the longest %.1f ms%n",
        steps, LOADED, tookNs.size(), ms(tookNs, 0.5), ms(tookNs, 0.99), ms(tookNs, 1));
    assertEquals(List.of(), silences(log));
    assertTrue(ms(tookNs, 0.99) <= ANSWER_LIMIT_MS, "99 of 100 answers");
  }

  private static void awaitStep(Iterator<String> lines) {
    String line = "";
    while (!line.startsWith("data:{\"event\":\"step\"")) {
      line = lines.next();
    }
  }

  private void ask(NodeProgram node, List<Long> tookNs) {
    for (String question : QUESTIONS) {
      long began = System.nanoTime();
      String answer = programs.get(node.endpoint() + question);
      tookNs.add(System.nanoTime() - began);
      assertFalse(answer.isEmpty(), question);
    }
  }

  /** What the nodes have said of members that they did not hear. */
  private static List<String> silences(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line -> line.contains("UNREACHABLE")).toList();
    }
  }

  private static double ms(List<Long> sortedNs, double share) {
    return sortedNs.get((int) Math.ceil(share * sortedNs.size()) - 1) * 1e-6;
  }

  private static boolean hasCurl() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(bin -> Files.isExecutable(Path.of(bin, "curl")));
  }

  private static Answer curl(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("curl", "--silent", "--max-time", "20", "--write-out", "%{http_code}"));
    command.addAll(List.of(arguments));
    Process curl =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, curl.waitFor(), () -> command + ": " + out);
    int body = out.length() - 3;
    return new Answer(Integer.parseInt(out.substring(body)), out.substring(0, body));
  }
}
