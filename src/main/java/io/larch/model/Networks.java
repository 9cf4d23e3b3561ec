package io.larch.model;

import io.larch.config.ModelSettings;
import io.larch.config.Refusal;
import io.larch.config.Spelling;
import io.larch.model.Initializer.Constant;
import io.larch.model.Initializer.Gaussian;
import io.larch.model.Layer.BatchNorm;
import io.larch.model.Layer.Convolution;
import io.larch.model.Layer.Dropout;
import io.larch.model.Layer.GlobalPool;
import io.larch.model.Layer.Linear;
import io.larch.model.Layer.Pool;
import io.larch.model.Layer.Relu;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The networks known by name, and the way to those of users. */
public final class Networks {
  private record Known(Architecture architecture, Shape input, int classes) {}

  private static final Map<String, Known> KNOWN = known();

  private Networks() {}

  private static Map<String, Known> known() {
    Map<String, Known> known = new LinkedHashMap<>();
    known.put("mlp", new Known(Networks::mlp, new Shape(1, 28, 28), 10));
    known.put("lenet", new Known(Networks::lenet, new Shape(1, 28, 28), 10));
    known.put("resnet20", new Known(Networks::resnet20, new Shape(3, 32, 32), 10));
    known.put("alexnet", new Known(AlexNet::build, new Shape(3, 227, 227), 1000));
    known.put("alexnet-bn", new Known(AlexNet::buildBatchNorm, new Shape(3, 227, 227), 1000));
    known.put("resnet50", new Known(ResNet50::build, new Shape(3, 224, 224), 1000));
    known.put("resnet50-v2", new Known(ResNet50::buildV2, new Shape(3, 224, 224), 1000));
    known.put("gnmt", new Known(Gnmt::build, Shape.vector(1), 32000));
    return known;
  }

  /** Names of the networks that come along. */
  public static List<String> names() {
    return List.copyOf(KNOWN.keySet());
  }

  /** The input that a known network was made for; that of {@code lenet} for a user's. */
  public static Shape usualInput(String name) {
    return usual(name).input();
  }

  /**
   * The number of classes that a known network was made for; that of {@code lenet} for a user's.
   */
  public static int usualClasses(String name) {
    return usual(name).classes();
  }

  private static Known usual(String name) {
    return KNOWN.getOrDefault(name, KNOWN.get("lenet"));
  }

  /** Builds the network that the settings name, or refuses. */
  public static Network build(ModelSettings settings, Shape input, int classes) {
    Known known = KNOWN.get(settings.name());
    Architecture architecture = known == null ? load(settings.name()) : known.architecture();
    return architecture
        .build(settings, input, classes)
        .withLabelSmoothing(settings.labelSmoothing());
  }

  private static Architecture load(String className) {
    try {
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      Class<?> type = Class.forName(className, true, loader);
      return (Architecture) type.getConstructor().newInstance();
    } catch (ClassNotFoundException e) {
      throw new Refusal(
          "There is no network '%s', and no class of that name on the class path. Known are %s.%s"
              .formatted(className, String.join(", ", names()), Spelling.hint(className, names())),
          e);
    } catch (ClassCastException e) {
      throw new Refusal(
          "Class %s, named as the network, does not implement %s."
              .formatted(className, Architecture.class.getName()),
          e);
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new Refusal(
          "Class %s, named as the network, cannot be made: it needs a public constructor without arguments that succeeds (%s)."
              .formatted(className, e.getCause() == null ? e : e.getCause()),
          e);
    }
  }

  /** Two linear layers; option {@code hidden}, 256 by default, is the width between. */
  private static Network mlp(ModelSettings settings, Shape input, int classes) {
    int hidden = Options.of(settings, "hidden").count("hidden", 256);
    return Network.of("mlp", input, classes)
        .then(Linear.of("fc1", hidden))
        .then(new Relu("relu1"))
        .then(classifier("fc2", classes))
        .build();
  }

  /**
   * The MNIST network of the first author's batch-size experiments (github.com/fastalgo/mnist_tpu);
   * option {@code dropout}, 0 by default, is the probability before the last layer. Weights begin
   * as He et al. 2015 say, biases at 0.
   */
  private static Network lenet(ModelSettings settings, Shape input, int classes) {
    double dropout = Options.of(settings, "dropout").number("dropout", 0);
    NetworkBuilder network =
        Network.of("lenet", input, classes)
            .then(convolution("conv1", 32))
            .then(new Relu("relu1"))
            .then(Pool.maximum("pool1", 2))
            .then(convolution("conv2", 64))
            .then(new Relu("relu2"))
            .then(Pool.maximum("pool2", 2));
    network.then(Linear.of("fc1", 1024)).then(new Relu("relu3"));
    if (dropout > 0) {
      network.then(new Dropout("dropout", dropout));
    }
    return network.then(classifier("fc2", classes)).build();
  }

  private static Convolution convolution(String name, int channels) {
    return Convolution.of(name, channels, 5).padding(2);
  }

  /** The classifier begins near indifference, as in Goyal et al. 2017, section 5.1. */
  private static Linear classifier(String name, int classes) {
    return Linear.of(name, classes).initialised(new Gaussian(0.01), new Constant(0));
  }

  /**
   * ResNet-20 for CIFAR (He et al. 2015, section 4.2) with pre-activation (He et al. 2016): three
   * stages of three blocks with 16, 32 and 64 channels. Where the shape changes, the shortcut is a
   * 1×1 convolution of the block's activated input.
   */
  private static Network resnet20(ModelSettings settings, Shape input, int classes) {
    Options.of(settings);
    NetworkBuilder network =
        Network.of("resnet20", input, classes)
            .then(Convolution.of("conv1", 16, 3).padding(1).withoutBias());
    for (int stage = 1; stage <= 3; stage++) {
      for (int block = 0; block < 3; block++) {
        residualBlock(network, "layer" + stage + "." + block + ".", 8 << stage);
      }
    }
    return network
        .then(BatchNorm.of("bn"))
        .then(new Relu("relu"))
        .then(new GlobalPool("pool"))
        .then(classifier("fc", classes))
        .build();
  }

  private static void residualBlock(NetworkBuilder network, String prefix, int channels) {
    String shortcut = network.here();
    boolean widens = network.shape().channels() != channels;
    int stride = widens ? 2 : 1;
    network.then(BatchNorm.of(prefix + "bn1")).then(new Relu(prefix + "relu1"));
    if (widens) {
      shortcut = prefix + "downsample";
      network
          .then(Convolution.of(shortcut, channels, 1).stride(stride).withoutBias())
          .from(prefix + "relu1");
    }
    network
        .then(Convolution.of(prefix + "conv1", channels, 3).stride(stride).padding(1).withoutBias())
        .then(BatchNorm.of(prefix + "bn2"))
        .then(new Relu(prefix + "relu2"))
        .then(Convolution.of(prefix + "conv2", channels, 3).padding(1).withoutBias())
        .add(prefix + "add", shortcut);
  }
}
