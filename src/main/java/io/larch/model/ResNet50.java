package io.larch.model;

import io.larch.config.ModelSettings;
import io.larch.config.Refusal;
import io.larch.model.Initializer.Constant;
import io.larch.model.Initializer.Gaussian;
import io.larch.model.Layer.BatchNorm;
import io.larch.model.Layer.Convolution;
import io.larch.model.Layer.GlobalPool;
import io.larch.model.Layer.Linear;
import io.larch.model.Layer.Pool;
import io.larch.model.Layer.Relu;
import java.util.List;

/**
 * ResNet-50 (He et al. 2015, table 1): a stem and four stages of 3, 4, 6 and 3 bottleneck blocks.
 * Layers are named as in torchvision. Option {@code variant} says which of three networks of that
 * name is meant:
 *
 * <ul>
 *   <li>{@code v1}, as in the LARS paper (NVCaffe's models/resnet50): a stage narrows the picture
 *       in its first 1×1 convolution; the stem's pool rounds up and does not pad; epsilon 1e-4; the
 *       classifier begins as He et al. say.
 *   <li>{@code v1.5}, as in MLPerf and torchvision: a stage narrows in its 3×3 convolution.
 *   <li>{@code v2}, with pre-activation (He et al. 2016): batch norm and ReLU before each
 *       convolution, none in the stem, and shortcuts that are projected from the activated input
 *       without batch norm.
 * </ul>
 *
 * Option {@code last-scale} is the first value of the scale of each block's last batch norm: 1, or
 * 0 so that a block begins as the identity (Goyal et al. 2017, section 5.1). {@code v2} has no such
 * batch norm.
 */
final class ResNet50 {
  private static final int[] BLOCKS = {3, 4, 6, 3};
  private static final int EXPANSION = 4;
  private static final List<String> VARIANTS = List.of("v1", "v1.5", "v2");

  private final NetworkBuilder network;
  private final String variant;
  private final double lastScale;

  private ResNet50(NetworkBuilder network, String variant, double lastScale) {
    this.network = network;
    this.variant = variant;
    this.lastScale = lastScale;
  }

  /** The variant that the settings name, v1.5 by default. */
  static Network build(ModelSettings settings, Shape input, int classes) {
    Options options = Options.of(settings, "variant", "last-scale");
    String variant = options.word("variant", "v1.5", VARIANTS);
    if (variant.equals("v2") && options.has("last-scale")) {
      throw new Refusal(
          "larch.model.last-scale: the blocks of resnet50 v2 end with a convolution and have no last batch norm; remove the key or take variant v1.5.");
    }
    double lastScale = options.number("last-scale", 1);
    return new ResNet50(Network.of("resnet50-" + variant, input, classes), variant, lastScale)
        .layers(classes);
  }

  /** Variant v2, for those who call it by a name of its own. */
  static Network buildV2(ModelSettings settings, Shape input, int classes) {
    Options.of(settings);
    return new ResNet50(Network.of("resnet50-v2", input, classes), "v2", 1).layers(classes);
  }

  private Network layers(int classes) {
    stem();
    for (int stage = 0; stage < BLOCKS.length; stage++) {
      for (int block = 0; block < BLOCKS[stage]; block++) {
        String prefix = "layer" + (stage + 1) + "." + block + ".";
        int stride = stage > 0 && block == 0 ? 2 : 1;
        if (isV2()) {
          preActivatedBlock(prefix, 64 << stage, stride);
        } else {
          block(prefix, 64 << stage, stride);
        }
      }
    }
    if (isV2()) {
      network.then(norm("bn")).then(new Relu("relu"));
    }
    return network.then(new GlobalPool("avgpool")).then(classifier(classes)).build();
  }

  private void stem() {
    network.then(convolution("conv1", 64, 7, 2));
    if (!isV2()) {
      network.then(norm("bn1")).then(new Relu("relu"));
    }
    Pool pool = Pool.maximum("maxpool", 3).stride(2);
    network.then(isV1() ? pool.ceil(true) : pool.padding(1));
  }

  /** conv-norm-ReLU, conv-norm-ReLU, conv-norm, plus the shortcut, ReLU. */
  private void block(String prefix, int channels, int stride) {
    String input = network.here();
    int first = isV1() ? stride : 1;
    boolean projects = network.shape().channels() != EXPANSION * channels;
    network
        .then(convolution(prefix + "conv1", channels, 1, first))
        .then(norm(prefix + "bn1"))
        .then(new Relu(prefix + "relu1"))
        .then(convolution(prefix + "conv2", channels, 3, stride / first))
        .then(norm(prefix + "bn2"))
        .then(new Relu(prefix + "relu2"))
        .then(convolution(prefix + "conv3", EXPANSION * channels, 1, 1))
        .then(norm(prefix + "bn3").scale(new Constant((float) lastScale)));
    String shortcut = input;
    if (projects) {
      shortcut = prefix + "downsample.1";
      network
          .from(input)
          .then(convolution(prefix + "downsample.0", EXPANSION * channels, 1, stride))
          .then(norm(shortcut))
          .from(prefix + "bn3");
    }
    network.add(prefix + "add", shortcut).then(new Relu(prefix + "relu3"));
  }

  /** norm-ReLU-conv three times, plus the shortcut. */
  private void preActivatedBlock(String prefix, int channels, int stride) {
    String shortcut = network.here();
    boolean projects = network.shape().channels() != EXPANSION * channels;
    network.then(norm(prefix + "bn1")).then(new Relu(prefix + "relu1"));
    if (projects) {
      shortcut = prefix + "downsample.0";
      network.then(convolution(shortcut, EXPANSION * channels, 1, stride)).from(prefix + "relu1");
    }
    network
        .then(convolution(prefix + "conv1", channels, 1, 1))
        .then(norm(prefix + "bn2"))
        .then(new Relu(prefix + "relu2"))
        .then(convolution(prefix + "conv2", channels, 3, stride))
        .then(norm(prefix + "bn3"))
        .then(new Relu(prefix + "relu3"))
        .then(convolution(prefix + "conv3", EXPANSION * channels, 1, 1))
        .add(prefix + "add", shortcut);
  }

  private static Convolution convolution(String name, int channels, int kernel, int stride) {
    return Convolution.of(name, channels, kernel).stride(stride).padding(kernel / 2).withoutBias();
  }

  private BatchNorm norm(String name) {
    return BatchNorm.of(name).epsilon(isV1() ? 1e-4 : 1e-5).decay(0.9);
  }

  private Linear classifier(int classes) {
    Linear fc = Linear.of("fc", classes);
    return isV1() ? fc : fc.initialised(new Gaussian(0.01), new Constant(0));
  }

  private boolean isV1() {
    return variant.equals("v1");
  }

  private boolean isV2() {
    return variant.equals("v2");
  }
}
