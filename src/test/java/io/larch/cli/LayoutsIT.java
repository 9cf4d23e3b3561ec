package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cli.Programs.NodeProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same digest in every layout: twelve steps of two networks on real data, in real processes,
 * however devices are spread over them and whatever carries messages and tensors.
 */
@Tag("gate")
@Timeout(900)
class LayoutsIT {
  private static final Map<String, String> RUNS =
      Map.of(
          "lenet",
          """
          model = lenet
          data { name = idx, path = "%s" }
          schedule.rate = 2
          """
              .formatted(Programs.DATA.resolve("fashion-mnist")),
          "resnet20",
          """
          model = resnet20
          data { name = cifar-10, path = "%s", pad-crop = 4, flip = true }
          schedule.rate = 2
          """
              .formatted(Programs.DATA.resolve("cifar-10")));
  private static final String ALL =
      """
      lanes = 8
      micro-batch = 16
      epochs = 1
      steps = 12
      slice-bytes = 256 KiB
      evaluate { every-epochs = 0, at-end = false }
      """;

  private static final List<String> UDP =
      List.of("cluster.transport.mode=udp", "cluster.transport.driver.ownership=embedded");

  /** Digests by model and type of the wire, each that of the first layout to tell. */
  private static final Map<String, String> EXPECTED = new HashMap<>();

  @TempDir static Path folder;

  private final Programs programs = new Programs();

  /**
   * A cluster.
   *
   * @param devices of each process
   * @param options of every process
   */
  private record Layout(String name, List<Integer> devices, List<String> options) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Layout> layouts() {
    return List.of(
        new Layout("1 JVM x 1 device", List.of(1), List.of()),
        new Layout("1 JVM x 4 devices", List.of(4), List.of()),
        new Layout("2 JVMs x 2 devices", List.of(2, 2), List.of()),
        new Layout("4 JVMs x 1 device", List.of(1, 1, 1, 1), List.of()),
        new Layout("3 JVMs with 3, 2 and 1 devices", List.of(3, 2, 1), List.of()),
        new Layout("4 JVMs x 1 device, tensors by aeron:udp", List.of(1, 1, 1, 1), UDP),
        new Layout("2 JVMs x 2 devices, 5 % of datagrams lost", List.of(2, 2), withLoss()),
        new Layout(
            "2 JVMs x 2 devices, messages by aeron-udp",
            List.of(2, 2),
            List.of("cluster.artery=aeron-udp")),
        new Layout("2 JVMs x 2 devices, messages by tls-tcp", List.of(2, 2), tls()));
  }

  private static List<String> withLoss() {
    List<String> options = new ArrayList<>(UDP);
    options.addAll(
        List.of("cluster.transport.loss.data=0.05", "cluster.transport.loss.control=0.05"));
    return options;
  }

  private static List<String> tls() {
    Path keys = folder.resolve("larch.p12");
    return List.of(
        "cluster.artery=tls-tcp",
        "cluster.tls.key-store=" + keys,
        "cluster.tls.key-store-password=a-password",
        "cluster.tls.trust-store=" + keys,
        "cluster.tls.trust-store-password=a-password");
  }

  @BeforeAll
  static void makeKeys() throws Exception {
    Programs.requireData();
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "larch",
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=larch",
            "-storetype",
            "PKCS12",
            "-keystore",
            folder.resolve("larch.p12").toString(),
            "-storepass",
            "a-password");
    assertEquals(0, new ProcessBuilder(command).start().waitFor());
  }

  @AfterEach
  void end() throws InterruptedException {
    programs.end();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldEndInTheSameDigest(Layout layout) throws Exception {
    shouldEndInTheSameDigest(layout, "f32");
  }

  @Test
  void shouldEndInADigestOfItsOwnWhereTheWireRounds() throws Exception {
    shouldEndInTheSameDigest(layouts().get(1), "bf16");
    end();
    shouldEndInTheSameDigest(layouts().get(3), "bf16");
    end();
    shouldEndInTheSameDigest(layouts().get(1), "f32");
    for (String model : RUNS.keySet()) {
      assertNotEquals(EXPECTED.get(model + " f32"), EXPECTED.get(model + " bf16"));
    }
  }

  private void shouldEndInTheSameDigest(Layout layout, String wire) throws Exception {
    List<NodeProgram> nodes = programs.cluster(options(layout));
    for (String model : RUNS.keySet().stream().sorted().toList()) {
      String digest = digest(nodes, RUNS.get(model) + ALL + "wire = " + wire);
      System.out.printf("%-8s  %-4s  %-42s  %s%n", model, wire, layout.name(), digest);
      String first = EXPECTED.putIfAbsent(model + " " + wire, digest);
      assertTrue(first == null || first.equals(digest), model + " in " + layout + ", not " + first);
    }
  }

  private static List<List<String>> options(Layout layout) {
    return IntStream.range(0, layout.devices().size())
        .mapToObj(
            node -> {
              List<String> options = new ArrayList<>(layout.options());
              options.add("devices=" + layout.devices().get(node));
              return options;
            })
        .toList();
  }

  private String digest(List<NodeProgram> nodes, String run) throws IOException {
    NodeProgram last = nodes.get(nodes.size() - 1);
    String name = programs.submit(nodes.get(0), "larch {\n" + run + "\n}\n");
    return programs.result(last, name).get("weights_sha256").asText();
  }
}
