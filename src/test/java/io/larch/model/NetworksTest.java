package io.larch.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.config.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

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
