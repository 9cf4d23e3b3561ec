package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cli.Programs.NodeProgram;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that are killed, and nodes that only sleep. */
@Tag("gate")
@Timeout(900)
class MemberDeathIT {
  /** So patient that only proof can take anybody out within a test. */
  private static final List<String> PATIENT =
      List.of("devices=1", "cluster.patience.acceptable-pause=1 hour");

  /** So impatient that a node can sleep too long within a test. */
  private static final List<String> IMPATIENT =
      List.of(
          "devices=1",
          "cluster.patience.acceptable-pause=12 s",
          "cluster.patience.stable-after=3 s",
          "cluster.transport.driver.liveness=10 minutes");

  private final Programs programs = new Programs();

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  private List<NodeProgram> cluster(int nodes, List<String> options) throws Exception {
    return new ArrayList<>(programs.cluster(Collections.nCopies(nodes, options)));
  }

  /** Killed one after the other, the seed first, until one is left. */
  @Test
  void shouldTakeOutTheKilledAtOnceAndGoOnAlone() throws Exception {
    List<NodeProgram> nodes = cluster(3, PATIENT);
    NodeProgram last = nodes.get(2);
    for (int killed = 0; killed < 2; killed++) {
      nodes.get(killed).signal("KILL");
      programs.awaitMembers(last, 2 - killed);
    }
    assertTrue(programs.get(last.endpoint() + "/ready").contains("OK"));
  }

  /** It sleeps too long, the majority goes on, and when it wakes it joins again. */
  @Test
  void shouldGoOnWithoutWhoSleepsTooLongAndTakeItInAgain() throws Exception {
    List<NodeProgram> nodes = cluster(3, IMPATIENT);
    NodeProgram sleeper = nodes.get(1);
    sleeper.signal("STOP");
    programs.awaitMembers(nodes.get(0), 2);
    sleeper.signal("CONT");
    programs.awaitMembers(nodes.get(0), 3);
    assertTrue(sleeper.process().isAlive());
    Programs.await(() -> sleeperSays(sleeper).contains("\"management\""), "the sleeper is up anew");
  }

  private static String sleeperSays(NodeProgram sleeper) {
    try {
      return String.valueOf(sleeper.process().inputReader(StandardCharsets.UTF_8).readLine());
    } catch (java.io.IOException e) {
      return "";
    }
  }

  /** Neither is the majority: the one that is awake waits, until the other wakes. */
  @Test
  void shouldWaitWithoutProofAndMajorityUntilTheOtherReturns() throws Exception {
    List<NodeProgram> nodes = cluster(2, IMPATIENT);
    nodes.get(1).signal("STOP");
    awaitState(nodes.get(0), "waiting");
    assertEquals(2, programs.members(nodes.get(0)), "nobody is taken out");
    nodes.get(1).signal("CONT");
    awaitState(nodes.get(0), "idle");
    assertEquals(2, programs.members(nodes.get(0)));
  }

  @Test
  void shouldGoOnWithoutWhomAnOperatorConfirmsDead() throws Exception {
    List<NodeProgram> nodes = cluster(2, IMPATIENT);
    nodes.get(1).signal("STOP");
    awaitState(nodes.get(0), "waiting");
    String status = programs.get(status(nodes.get(0)));
    String silent = status.replaceAll("(?s).*waits for akka://larch@([0-9.:]+): silent.*", "$1");
    Process confirm =
        programs.larch(List.of("confirm-death", silent, "--to", nodes.get(0).endpoint()));
    assertEquals(0, confirm.waitFor(), silent);
    programs.awaitMembers(nodes.get(0), 1);
    awaitState(nodes.get(0), "idle");
    nodes.get(1).signal("CONT");
    programs.awaitMembers(nodes.get(0), 2);
  }

  private void awaitState(NodeProgram node, String state) {
    Programs.await(
        () -> programs.get(status(node)).contains("\"state\":\"" + state + "\""),
        "the state is " + state);
  }

  private static String status(NodeProgram node) {
    return node.endpoint() + "/larch/run/status";
  }
}
