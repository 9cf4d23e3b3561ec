package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.compute.Winograd.Matrix;
import io.larch.config.Precision;
import io.larch.model.Layer.Convolution;
import io.larch.model.Layer.GlobalPool;
import io.larch.model.Network;
import io.larch.model.Network.Node;
import io.larch.model.Shape;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tiles and kernels of random numbers, in double precision, beside the definition. */
class WinogradTest {
  private final double[] tile = gaussians("tile", Winograd.POINTS);
  private final double[] kernel = gaussians("kernel", 9);

  private static double[] gaussians(String name, int count) {
    RandomStream stream = RandomStream.of(5, Purpose.BENCHMARK).named(name);
    double[] values = new double[count];
    Arrays.setAll(values, stream::gaussian);
    return values;
  }

  private static double[] times(Matrix matrix, double[] vector) {
    double[] product = new double[matrix.rows()];
    for (int i = 0; i < matrix.rows() * matrix.columns(); i++) {
      product[i / matrix.columns()] += matrix.values()[i] * vector[i % matrix.columns()];
    }
    return product;
  }

  private static double[] products(double[] a, double[] b) {
    double[] products = new double[a.length];
    Arrays.setAll(products, i -> a[i] * b[i]);
    return products;
  }

  /** The correlation of a 6×6 tile with a smaller square, by its definition. */
  private static double[] correlation(double[] tile, double[] with) {
    int side = (int) Math.sqrt(with.length);
    int result = 7 - side;
    double[] sums = new double[result * result];
    for (int i = 0; i < sums.length; i++) {
      for (int j = 0; j < with.length; j++) {
        int row = i / result + j / side;
        sums[i] += tile[row * 6 + i % result + j % side] * with[j];
      }
    }
    return sums;
  }

  @Test
  void shouldCorrelate() {
    double[] points = products(times(Winograd.G, kernel), times(Winograd.B, tile));
    assertArrayEquals(correlation(tile, kernel), times(Winograd.A, points), 1e-12);
  }

  @Test
  void shouldCorrelateWithTheTurnedKernelByTheSameWeightsInReverse() {
    double[] turned = new double[9];
    Arrays.setAll(turned, i -> kernel[8 - i]);
    double[] points = products(times(Winograd.G, kernel), times(Winograd.TURNED_B, tile));
    assertArrayEquals(correlation(tile, turned), times(Winograd.TURNED_A, points), 1e-12);
  }

  @Test
  void shouldGiveTheGradientOfTheKernel() {
    double[] gradient = gaussians("gradient", 16);
    double[] points = products(times(Winograd.A_TRANSPOSED, gradient), times(Winograd.B, tile));
    assertArrayEquals(correlation(tile, gradient), times(Winograd.G_TRANSPOSED, points), 1e-12);
  }

  /** One convolution alone, as the mean of each channel shows it. */
  @Test
  void shouldErrByLessThanTwoMillionths() {
    Network network =
        Network.of("small", new Shape(64, 15, 14), 128)
            .then(Convolution.of("conv", 128, 3).padding(1).withoutBias())
            .then(new GlobalPool("pool"))
            .build();
    assertTrue(pays(Precision.F32, 5, network.nodes().get(0)));
    Trial trial = new Trial(network, 5);
    try (Device device = Devices.cpu(0, 1)) {
      double error = Trial.error(trial.expectedLogits(), trial.infer(device, Precision.F32));
      assertTrue(error < 2e-6, "relative error " + error);
    }
  }

  @Test
  void shouldDoTheUnstrided3x3ConvolutionsOfResNet50() {
    Network network = SmallNetworks.known("resnet50", new Shape(3, 224, 224), "");
    List<String> layers =
        network.nodes().stream()
            .filter(node -> pays(Precision.F32, 16, node))
            .map(node -> node.layer().name())
            .toList();
    assertEquals(13, layers.size());
    assertTrue(layers.stream().allMatch(name -> name.matches("layer(1\\..|.\\.[1-5])\\.conv2")));
  }

  private static boolean pays(Precision precision, int batch, Node node) {
    return node.layer() instanceof Convolution && WinogradStage.pays(precision, batch, node, false);
  }

  @Test
  void shouldLeaveWhatItIsTooSlowOrTooRoughFor() {
    Network network = SmallNetworks.known("resnet50", new Shape(3, 224, 224), "");
    assertFalse(network.nodes().stream().anyMatch(node -> pays(Precision.BF16, 16, node)));
    Node last =
        network.nodes().stream()
            .filter(node -> node.layer().name().equals("layer4.2.conv2"))
            .findFirst()
            .orElseThrow();
    assertTrue(pays(Precision.F32, 16, last));
    assertFalse(pays(Precision.F32, 1, last));
    assertFalse(WinogradStage.pays(Precision.F32, 16, last, true));
  }

  @Test
  void shouldDoTheNetworksThatTestIt() {
    for (String name : List.of("winograd", "winograd in parts")) {
      Network network = SmallNetworks.all().get(name);
      assertTrue(network.nodes().stream().anyMatch(node -> pays(Precision.F32, 5, node)), name);
    }
  }
}
