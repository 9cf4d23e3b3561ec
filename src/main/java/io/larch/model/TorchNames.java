package io.larch.model;

import java.util.Map;

/**
 * What PyTorch users call our tensors: the names in the state_dict of torchvision's networks. Ours
 * are the same but in AlexNet, which is named as in Caffe; its batch norms, which torchvision's
 * lacks, keep their names. Shapes and orders are the same everywhere: [out, in / groups, height,
 * width] and [out, in].
 */
public final class TorchNames {
  private static final Map<String, String> ALEXNET =
      Map.of(
          "conv1", "features.0",
          "conv2", "features.3",
          "conv3", "features.6",
          "conv4", "features.8",
          "conv5", "features.10",
          "fc6", "classifier.1",
          "fc7", "classifier.4",
          "fc8", "classifier.6");

  private TorchNames() {}

  /**
   * Torchvision's name of a tensor.
   *
   * @param network name of the network in the run file
   */
  public static String of(String network, String tensor) {
    int dot = tensor.lastIndexOf('.');
    String layer = tensor.substring(0, dot);
    boolean renamed = network.equals("alexnet") || network.equals("alexnet-bn");
    return (renamed ? ALEXNET.getOrDefault(layer, layer) : layer) + tensor.substring(dot);
  }
}
