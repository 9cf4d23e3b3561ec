package io.larch.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.config.Refusal;
import io.larch.model.Initializer.Constant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworksTest {
  private static Network build(String name, String options) {
    ModelSettings settings = new ModelSettings(name, 0.1, ConfigFactory.parseString(options));
    return Networks.build(settings, Networks.usualInput(name), 10);
  }

  @Test
  void shouldHaveTheSizeOfThePublishedLenet() {
    Network lenet = build("lenet", "");
    assertEquals(3_274_634, lenet.parameters());
    assertEquals(13_883_904, lenet.multiplyAdds());
    assertEquals(0.1, lenet.labelSmoothing());
  }

  @Test
  void shouldAddDropoutToLenetOnDemand() {
    Network lenet = build("lenet", "dropout = 0.4");
    assertTrue(lenet.layers().contains(new Layer.Dropout("dropout", 0.4)));
    assertEquals(3_274_634, lenet.parameters());
  }

  @Test
  void shouldTakeTheWidthOfMlp() {
    assertEquals(785 * 20 + 21 * 10, build("mlp", "hidden = 20").parameters());
  }

  /** Convolutions 9·(3·16 + 6·16² + 16·32 + 5·32² + 32·64 + 5·64²) + 16·32 + 32·64, and so on. */
  @Test
  void shouldHaveTheSizeOfResnet20() {
    Network resnet = build("resnet20", "");
    int convolutions = 9 * (48 + 6 * 256 + 512 + 5 * 1024 + 2048 + 5 * 4096) + 16 * 32 + 32 * 64;
    int norms = 2 * (7 * 16 + 6 * 32 + 6 * 64);
    assertEquals(convolutions + norms + 650, resnet.parameters());
    long first = 1024L * 9 * (48 + 6 * 256);
    long second = 256L * (9 * (512 + 5 * 1024) + 512);
    long third = 64L * (9 * (2048 + 5 * 4096) + 2048);
    assertEquals(first + second + third + 640, resnet.multiplyAdds());
  }

  @Test
  void shouldNameTensorsAsTorchvisionDoes() {
    Layout layout = build("resnet20", "").layout();
    List<String> names =
        layout.layer("layer1.0.bn1").stream().map(place -> place.tensor().name()).toList();
    assertEquals(
        List.of(
            "layer1.0.bn1.weight",
            "layer1.0.bn1.bias",
            "layer1.0.bn1.running_mean",
            "layer1.0.bn1.running_var"),
        names);
    assertEquals(List.of(16, 3, 3, 3), layout.place("conv1.weight").tensor().shape());
  }

  private static Network imagenet(String name, String options) {
    ModelSettings settings = new ModelSettings(name, 0, ConfigFactory.parseString(options));
    return Networks.build(settings, Networks.usualInput(name), Networks.usualClasses(name));
  }

  /** 61 M parameters and 1.5 GFLOP a picture, as the paper's tables count. */
  @ParameterizedTest
  @ValueSource(strings = {"alexnet", "alexnet-bn"})
  void shouldHaveTheSizeOfThePublishedAlexNet(String name) {
    Network alexnet = imagenet(name, "");
    assertEquals(60_965_224, alexnet.parameters());
    long convolutions =
        3025L * 96 * 363 + 729L * 256 * 1200 + 169L * (384 * 2304 + 384 * 1728 + 256 * 1728);
    assertEquals(convolutions + 9216 * 4096 + 4096 * 4096 + 4_096_000, alexnet.multiplyAdds());
    assertEquals(0.724, alexnet.multiplyAdds() / 1e9, 5e-4);
  }

  /** v1 is the 7.7 GFLOP a picture of the paper; v1.5 moves a stride and costs more. */
  @ParameterizedTest
  @CsvSource({
    "resnet50, variant = v1, 25557032, 3.858",
    "resnet50, variant = v1.5, 25557032, 4.089",
    "resnet50, '', 25557032, 4.089",
    "resnet50, variant = v2, 25549352, 4.089",
    "resnet50-v2, '', 25549352, 4.089"
  })
  void shouldHaveTheSizeOfThePublishedResNet50(
      String name, String options, long parameters, double billions) {
    Network resnet = imagenet(name, options);
    assertEquals(parameters, resnet.parameters());
    assertEquals(billions, resnet.multiplyAdds() / 1e9, 5e-4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v1.5", "v2"})
  void shouldNarrowThePicturesOfResNet50AsPublished(String variant) {
    Map<String, Shape> outputs =
        imagenet("resnet50", "variant = " + variant).nodes().stream()
            .collect(Collectors.toMap(node -> node.layer().name(), Network.Node::output));
    assertEquals(new Shape(64, 112, 112), outputs.get("conv1"));
    assertEquals(new Shape(64, 56, 56), outputs.get("maxpool"));
    int width = variant.equals("v1") ? 28 : 56;
    assertEquals(new Shape(128, width, width), outputs.get("layer2.0.conv1"));
    assertEquals(new Shape(512, 28, 28), outputs.get("layer2.0.add"));
    assertEquals(new Shape(2048, 7, 7), outputs.get("layer4.2.add"));
    assertEquals(!variant.equals("v2"), outputs.containsKey("bn1"));
  }

  /** Torchvision's state_dict of resnet50 has 161 parameters and 106 statistics. */
  @Test
  void shouldHaveTheTensorsOfTorchvisionsResNet50() {
    Layout layout = imagenet("resnet50", "").layout();
    assertEquals(161 + 106, layout.places().size());
    assertEquals(
        List.of(512, 256, 1, 1), layout.place("layer2.0.downsample.0.weight").tensor().shape());
    assertEquals(List.of(512), layout.place("layer2.0.downsample.1.running_var").tensor().shape());
    assertEquals(List.of(512, 512, 3, 3), layout.place("layer4.0.conv2.weight").tensor().shape());
    assertEquals(List.of(1000, 2048), layout.place("fc.weight").tensor().shape());
  }

  @Test
  void shouldStartTheLastScaleOfABlockAsTold() {
    Layout layout = imagenet("resnet50", "last-scale = 0").layout();
    assertEquals(new Constant(0), layout.place("layer3.1.bn3.weight").tensor().initializer());
    assertEquals(new Constant(1), layout.place("layer3.1.bn2.weight").tensor().initializer());
    assertEquals(
        new Constant(1), layout.place("layer3.0.downsample.1.weight").tensor().initializer());
  }

  @ParameterizedTest
  @CsvSource({
    "resnet50, variant = v3, Did you mean v1",
    "resnet50, 'variant = v2, last-scale = 0', no last batch norm",
    "resnet50-v2, variant = v1, no such option",
    "resnet50, last-scale = none, larch.model.last-scale",
    "resnet50, varient = v1, Did you mean variant?",
    "alexnet, dropuot = 0.4, Did you mean dropout?"
  })
  void shouldRefuseOptionsThatTheNetworkDoesNotHave(String name, String options, String reason) {
    Refusal refusal = assertThrows(Refusal.class, () -> imagenet(name, options));
    assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
  }

  /** The inputs of conv2 to conv5 are normalised, and nothing else. */
  @Test
  void shouldNormaliseInAlexNetBnWhatThePaperDoes() {
    Network alexnet = imagenet("alexnet-bn", "");
    Map<String, String> followers =
        alexnet.nodes().stream()
            .filter(node -> !node.inputs().contains(Network.INPUT))
            .collect(
                Collectors.toMap(
                    node -> alexnet.layers().get(node.inputs().get(0)).name(),
                    node -> node.layer().name()));
    assertEquals(
        List.of("bn2", "bn3", "bn4", "bn5"),
        alexnet.layers().stream().map(Layer::name).filter(name -> name.startsWith("bn")).toList());
    assertEquals("conv2", followers.get("bn2"));
    assertEquals("bn2", followers.get("pool1"));
    assertEquals("bn4", followers.get("relu3"));
    assertEquals("pool5", followers.get("relu5"));
    assertEquals(
        List.of(),
        alexnet.nodes().get(3).layer().tensors(new Shape(9, 1, 1)).stream()
            .filter(tensor -> !tensor.kind().isStatistic())
            .toList());
  }

  /** A user's network. */
  public static final class Own implements Architecture {
    @Override
    public Network build(ModelSettings settings, Shape input, int classes) {
      return Network.of("own", input, classes).then(Layer.Linear.of("fc", classes)).build();
    }
  }

  @Test
  void shouldLoadTheNetworkOfAUser() {
    assertEquals("own", build(Own.class.getName(), "").name());
  }

  @Test
  void shouldSuggestTheNearestName() {
    Refusal refusal = assertThrows(Refusal.class, () -> build("lennet", ""));
    assertTrue(refusal.getMessage().contains("Did you mean lenet?"), refusal.getMessage());
  }

  @Test
  void shouldRefuseClassesThatAreNoNetworks() {
    Refusal wrongType = assertThrows(Refusal.class, () -> build("java.lang.Object", ""));
    assertTrue(wrongType.getMessage().contains("does not implement"), wrongType.getMessage());
    Refusal abstractType = assertThrows(Refusal.class, () -> build("java.lang.Number", ""));
    assertTrue(abstractType.getMessage().contains("cannot be made"), abstractType.getMessage());
  }
}
