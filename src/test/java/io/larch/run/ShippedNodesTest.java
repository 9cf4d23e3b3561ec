package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.typesafe.config.Config;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.larch.cluster.ClusterConfig;
import io.larch.config.ClusterSettings.Artery;
import io.larch.config.ClusterSettings.Discovery;
import io.larch.config.HostAndPort;
import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The node files and manifests that come along. */
class ShippedNodesTest {
  private static final Path FOLDER = Path.of("cluster-configs");
  private static final Path KUBERNETES = FOLDER.resolve("kubernetes");
  private static final String ENVIRONMENT =
      """
      LARCH_HOST = 10.0.0.2
      LARCH_SEED = 10.0.0.1
      LARCH_TOKEN = a-token-of-some-length
      LARCH_DATA = /data
      LARCH_OUT = /out
      LARCH_KEYS = "%s"
      LARCH_KEYS_PASSWORD = a-password
      POD_IP = 10.0.0.3
      POD_NAMESPACE = trees
      """;

  /** Takes no field that a type does not name, though the types keep a place for such. */
  private static final ObjectMapper STRICT =
      new YAMLMapper()
          .setAnnotationIntrospector(
              new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated member) {
                  return false;
                }
              });

  @TempDir Path folder;

  /** Node files of {@code cluster-configs}, as opposed to run files. */
  static boolean isNode(Path file) {
    return file.getFileName().toString().matches("(seed|node|worker)(-\\d+)?\\.conf");
  }

  static List<Path> nodes() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(ShippedNodesTest::isNode).sorted().toList();
    }
  }

  static List<Path> profiles() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER.resolve("profiles"))) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("nodes")
  void shouldLoad(Path file) throws IOException {
    Config config = ClusterConfig.of(load(including(file)));
    assertFalse(config.getStringList("akka.cluster.seed-nodes").isEmpty());
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void shouldGoWithEveryProfile(Path profile) throws IOException {
    for (Path node : nodes()) {
      ClusterConfig.of(load(including(node) + including(profile)));
    }
  }

  @Test
  void shouldFormOneClusterOnOneMachine() throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (String name : List.of("seed-1.conf", "node-2.conf", "node-3.conf")) {
      NodeSettings node = NodeFile.load(Optional.of(FOLDER.resolve(name)), List.of());
      assertEquals("127.0.0.1:25520", node.cluster().seeds().get(0).toString());
      assertTrue(
          node.cluster().seeds().contains(new HostAndPort("127.0.0.1", node.cluster().port())),
          "the first finds it when it comes back");
      ports.addAll(List.of(node.cluster().port(), node.http().port()));
    }
    assertEquals(6, ports.stream().distinct().count(), "all ports differ");
    assertEquals(25520, ports.get(0), "the first of the seeds");
  }

  @Test
  void shouldFormOneClusterOnSeveralMachines() throws IOException {
    NodeSettings seed = load(including(FOLDER.resolve("seed.conf")));
    NodeSettings worker = load(including(FOLDER.resolve("worker.conf")));
    assertEquals("[10.0.0.2:25520]", seed.cluster().seeds().toString());
    assertEquals("10.0.0.1:25520", worker.cluster().seeds().get(0).toString());
    assertEquals("10.0.0.2", worker.http().bindHost());
    assertEquals(Optional.of(Path.of("/out")), worker.out());
  }

  @Test
  void shouldSayInProfilesWhatTheirNamesSay() throws IOException {
    assertEquals(Artery.TLS_TCP, profile("tls-tcp.conf").cluster().artery());
    assertEquals(Artery.AERON_UDP, profile("aeron-udp.conf").cluster().artery());
    NodeSettings small = profile("two-cores.conf");
    assertEquals(2, small.devices());
    assertEquals(Duration.ofSeconds(60), small.cluster().patience().acceptablePause());
  }

  private NodeSettings profile(String name) throws IOException {
    return load(
        including(FOLDER.resolve("seed-1.conf"))
            + including(FOLDER.resolve("profiles").resolve(name)));
  }

  @Test
  void shouldKeepTheManifestsTrueToOneAnother() throws IOException {
    JsonNode service = manifest("service.yaml", "v1", "Service");
    JsonNode set = manifest("stateful-set.yaml", "apps/v1", "StatefulSet").get("spec");
    JsonNode secret = manifest("secret.yaml", "v1", "Secret");
    NodeSettings node =
        load(manifest("config-map.yaml", "v1", "ConfigMap").at("/data/node.conf").asText());
    manifest("network-policy.yaml", "networking.k8s.io/v1", "NetworkPolicy");

    assertEquals("None", service.at("/spec/clusterIP").asText());
    assertTrue(service.at("/spec/publishNotReadyAddresses").asBoolean());
    assertEquals(service.at("/metadata/name"), set.get("serviceName"));
    assertEquals(service.at("/spec/selector"), set.at("/selector/matchLabels"));
    assertEquals(service.at("/spec/selector"), set.at("/template/metadata/labels"));
    assertEquals("Parallel", set.get("podManagementPolicy").asText());
    assertTrue(secret.at("/stringData/token").asText().length() >= 16);

    assertEquals(Discovery.DNS, node.cluster().bootstrap().discovery());
    assertEquals("larch.trees.svc.cluster.local", node.cluster().bootstrap().service());
    assertEquals(set.get("replicas").asInt(), node.cluster().bootstrap().nodes());
    assertEquals(
        List.of(
            node.cluster().port(),
            node.cluster().lifelinePort(),
            node.http().port(),
            node.cluster().transport().port()),
        ints(service.at("/spec/ports"), "port"));
    assertEquals(
        ints(service.at("/spec/ports"), "port"),
        ints(set.at("/template/spec/containers/0/ports"), "containerPort"));
  }

  @Test
  void shouldProbeAndMountWhatANodeNeeds() throws IOException {
    JsonNode pod =
        manifest("stateful-set.yaml", "apps/v1", "StatefulSet").at("/spec/template/spec");
    JsonNode container = pod.at("/containers/0");
    assertEquals("/ready", container.at("/readinessProbe/httpGet/path").asText());
    assertEquals("/alive", container.at("/livenessProbe/httpGet/path").asText());
    assertEquals(container.at("/resources/requests"), container.at("/resources/limits"));
    assertEquals(
        "Memory", named(pod.get("volumes"), "shared-memory").at("/emptyDir/medium").asText());
    assertFalse(
        named(pod.get("volumes"), "shared-memory").at("/emptyDir/sizeLimit").isMissingNode());
    assertEquals(
        "/dev/shm",
        named(container.get("volumeMounts"), "shared-memory").get("mountPath").asText());
    for (String variable : List.of("POD_IP", "POD_NAMESPACE", "LARCH_TOKEN")) {
      assertTrue(named(container.get("env"), variable).has("valueFrom"), variable);
    }
  }

  /** Every field is one that Kubernetes knows, and of the type that it has there. */
  @ParameterizedTest
  @MethodSource("manifests")
  void shouldBeOfTheApiOfKubernetes(String file, Class<?> type) throws IOException {
    STRICT.readValue(KUBERNETES.resolve(file).toFile(), type);
  }

  static List<Arguments> manifests() {
    return List.of(
        Arguments.of("config-map.yaml", ConfigMap.class),
        Arguments.of("network-policy.yaml", NetworkPolicy.class),
        Arguments.of("secret.yaml", Secret.class),
        Arguments.of("service.yaml", Service.class),
        Arguments.of("stateful-set.yaml", StatefulSet.class));
  }

  @Test
  void shouldKnowAllManifests() throws IOException {
    try (Stream<Path> files = Files.list(KUBERNETES)) {
      assertEquals(
          manifests().stream().map(each -> each.get()[0]).sorted().toList(),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".yaml"))
              .sorted()
              .toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"replicas: three", "replicsa: 3", "template: {spec: {volume: []}}"})
  void shouldFindAFieldThatKubernetesDoesNotKnow(String wrong) {
    assertThrows(
        IOException.class, () -> STRICT.readValue("spec: {" + wrong + "}", StatefulSet.class));
  }

  private static JsonNode manifest(String name, String version, String kind) throws IOException {
    JsonNode manifest = new YAMLMapper().readTree(KUBERNETES.resolve(name).toFile());
    assertEquals(version, manifest.get("apiVersion").asText());
    assertEquals(kind, manifest.get("kind").asText());
    assertEquals("larch", manifest.at("/metadata/name").asText());
    return manifest;
  }

  private static JsonNode named(JsonNode list, String name) {
    return StreamSupport.stream(list.spliterator(), false)
        .filter(one -> one.get("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<Integer> ints(JsonNode list, String key) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(one -> one.get(key).asInt())
        .toList();
  }

  private static String including(Path file) {
    return "include file(\"" + file.toAbsolutePath() + "\")\n";
  }

  /** Loads a text in which the variables of the environment have values. */
  private NodeSettings load(String text) throws IOException {
    Path keys = folder.resolve("keys.p12");
    Files.writeString(keys, "");
    Path file = folder.resolve("node.conf");
    Files.writeString(file, ENVIRONMENT.formatted(keys) + text);
    return NodeFile.load(Optional.of(file), List.of());
  }
}
