package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.NodeFile;
import io.larch.run.NodeProcess;
import io.larch.web.ManagedNode;
import io.larch.web.RunControl.Harm;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong when a node is started ends in words and an exit code, and soon. */
@Timeout(120)
class NodeCommandTest {
  @TempDir Path folder;

  @Test
  void shouldTellOfAllPortsInUseAtOnce() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket actors = new ServerSocket(0, 1, loopback);
        ServerSocket management = new ServerSocket(0, 1, loopback);
        DatagramSocket tensors = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
      Session session =
          node(
              "cluster.port=" + actors.getLocalPort(),
              "http.port=" + management.getLocalPort(),
              "cluster.transport.port=" + tensors.getLocalPort());
      assertEquals(2, session.exitCode());
      for (int port :
          List.of(actors.getLocalPort(), management.getLocalPort(), tensors.getLocalPort())) {
        assertTrue(session.err().contains(String.valueOf(port)), session.err());
      }
      assertEquals("", session.out(), "nothing was begun");
    }
  }

  @Test
  void shouldTellOfActorsThatCannotHaveTheirDatagramPort() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
      Session session =
          node("cluster.artery=aeron-udp", "cluster.port=" + taken.getLocalPort(), "http.port=0");
      assertEquals(2, session.exitCode());
      assertTrue(session.err().contains("The actors cannot listen on"), session.err());
    }
  }

  @Test
  void shouldTellOfDatagramsThatNoInterfaceCarries() {
    Session session = node("cluster.port=0", "http.port=0", "cluster.transport.udp-mtu=65536");
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("udp-mtu = 65536"), session.err());
    assertTrue(session.err().contains("from 1024 to 65504"), session.err());
  }

  /** As many nodes as no machine's memory holds the streams of. */
  @Test
  void shouldTellOfTooLittleSharedMemory() throws IOException {
    Session session =
        node(
            "cluster.port=0",
            "http.port=" + Programs.freePort(),
            "cluster.bootstrap.discovery=dns",
            "cluster.bootstrap.service=trees",
            "cluster.bootstrap.nodes=1000000",
            "cluster.transport.driver.directory=" + folder.resolve("driver"));
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("on this host: 1, elsewhere: 999999) need"), session.err());
  }

  @Test
  void shouldSayWhichSeedsDoNotAnswer() throws IOException {
    Session session =
        node(
            "cluster.port=0",
            "http.port=0",
            "cluster.transport.driver.ownership=embedded",
            "cluster.patience.join-limit=1 s",
            "cluster.seeds=[\"127.0.0.1:" + Programs.freePort() + "\"]");
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("No member of the cluster larch took"), session.err());
    assertTrue(session.err().contains("Connection refused"), session.err());
  }

  @Test
  void shouldNotJoinAnotherClusterOnTheSeedsPort() throws IOException {
    int port = Programs.freePort();
    try (ManagedNode stranger = ManagedNode.start("cluster.name=spruce", "cluster.port=" + port)) {
      Session session =
          node(
              "cluster.port=0",
              "http.port=0",
              "cluster.transport.driver.ownership=embedded",
              "cluster.patience.join-limit=2 s",
              "cluster.seeds=[\"127.0.0.1:" + port + "\"]");
      assertEquals(2, session.exitCode());
      assertTrue(session.err().contains("but not as a member of this cluster"), session.err());
      assertTrue(stranger.address().getPort() > 0);
    }
  }

  @Test
  void shouldRefuseWhatIsSubmittedAndCannotWork() throws IOException {
    try (NodeProcess node = started()) {
      Path run = folder.resolve("run.conf");
      Files.writeString(
          run,
          "larch { model = lenet, epochs = 1, schedule.rate = 1, data { name = idx, path = \""
              + folder.resolve("nowhere")
              + "\" } }");
      String to = node.management().toString();
      Session submit = Session.of("submit", run.toString(), "--to", to);
      assertEquals(2, submit.exitCode(), submit.out());
      assertTrue(submit.err().contains("nowhere"), submit.err());
      assertEquals(2, Session.of("watch", "--to", to).exitCode());
      assertTrue(Session.of("status", "--to", to).out().contains("refused"));
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 400, not to be broken on purpose", "true, 409, No run is in progress"})
  void shouldHarmOnlyANodeThatIsMeantForIt(boolean chaos, int code, String words) throws Exception {
    try (NodeProcess node = started("cluster.chaos=" + chaos)) {
      for (Harm harm : Harm.values()) {
        HttpRequest order =
            HttpRequest.newBuilder(node.management().resolve("/larch/node/" + harm.word()))
                .POST(BodyPublishers.noBody())
                .build();
        HttpResponse<String> answer =
            HttpClient.newHttpClient().send(order, BodyHandlers.ofString());
        assertEquals(code, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains(words), answer.body());
      }
    }
  }

  private static NodeProcess started(String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "cluster.port=0",
                "http.port=0",
                "devices=1",
                "cluster.transport.driver.ownership=embedded"));
    keys.addAll(List.of(more));
    return NodeProcess.start(NodeFile.load(Optional.empty(), keys), Optional.empty(), line -> {});
  }

  private static Session node(String... options) {
    List<String> command = new ArrayList<>(List.of("node"));
    for (String option : options) {
      command.addAll(List.of("-D", option));
    }
    return Session.of(command.toArray(String[]::new));
  }
}
