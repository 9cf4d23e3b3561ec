package io.larch.compute;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.model.Layer.BatchNorm;
import io.larch.model.Layer.Convolution;
import io.larch.model.Layer.Dropout;
import io.larch.model.Layer.GlobalPool;
import io.larch.model.Layer.Linear;
import io.larch.model.Layer.LocalResponseNorm;
import io.larch.model.Layer.Pool;
import io.larch.model.Layer.Relu;
import io.larch.model.Network;
import io.larch.model.NetworkBuilder;
import io.larch.model.Networks;
import io.larch.model.Shape;
import java.util.Map;
import java.util.TreeMap;

/** A network for each layer and each way in which layers meet, with odd sizes. */
final class SmallNetworks {
  private SmallNetworks() {}

  static Network known(String name, Shape input, String options) {
    return Networks.build(
        new ModelSettings(name, 0.1, ConfigFactory.parseString(options)), input, 10);
  }

  private static NetworkBuilder of(int channels, int height, int width) {
    return Network.of("small", new Shape(channels, height, width), 5);
  }

  /** A convolution before what is tested, so that a gradient passes through it. */
  private static NetworkBuilder behindConvolution(int channels, int height, int width) {
    return of(3, height, width).then(Convolution.of("before", channels, 3).padding(1));
  }

  private static Network classified(NetworkBuilder network) {
    return network.then(Linear.of("fc", 5)).build();
  }

  static Map<String, Network> all() {
    Map<String, Network> all = new TreeMap<>();
    all.put("linear", classified(of(7, 1, 1).then(Linear.of("fc1", 13))));
    all.put("linear without bias", classified(of(3, 5, 3).then(Linear.of("fc1", 9).withoutBias())));
    all.put(
        "linear and relu behind convolution",
        classified(behindConvolution(19, 5, 7).then(Linear.of("fc1", 33)).then(new Relu("r"))));
    all.put("convolution", classified(behindConvolution(6, 9, 7).then(convolution(20))));
    all.put("strided", classified(behindConvolution(16, 9, 8).then(convolution(17).stride(2))));
    all.put("grouped", classified(behindConvolution(12, 7, 7).then(convolution(8).groups(4))));
    all.put("depthwise", classified(behindConvolution(16, 7, 7).then(convolution(16).groups(16))));
    all.put(
        "convolution without bias and relu",
        classified(
            behindConvolution(5, 6, 5).then(convolution(7).withoutBias()).then(new Relu("r"))));
    all.put(
        "winograd", classified(behindConvolution(64, 15, 14).then(convolution(128).withoutBias())));
    all.put(
        "winograd in parts",
        classified(behindConvolution(64, 31, 27).then(convolution(64).withoutBias())));
    all.put(
        "unpadded 5x5 of one channel",
        classified(of(1, 11, 9).then(Convolution.of("conv", 6, 5)).then(new Relu("r"))));
    all.put(
        "relu", classified(behindConvolution(6, 5, 5).then(Pool.mean("p", 2)).then(new Relu("r"))));
    all.put(
        "response norm",
        classified(
            behindConvolution(13, 5, 4)
                .then(new Relu("r"))
                .then(new LocalResponseNorm("norm", 5, 0.3125, 0.75))));
    all.put(
        "response norm of few channels",
        classified(behindConvolution(2, 4, 5).then(new LocalResponseNorm("norm", 7, 0.875, 0.5))));
    all.put("max pool", classified(behindConvolution(6, 9, 7).then(Pool.maximum("p", 2))));
    all.put(
        "max pool overlapping",
        classified(behindConvolution(6, 9, 8).then(Pool.maximum("p", 3).stride(2).padding(1))));
    all.put(
        "max pool ceil",
        classified(behindConvolution(18, 9, 8).then(Pool.maximum("p", 3).stride(2).ceil(true))));
    all.put("mean pool", classified(behindConvolution(6, 9, 7).then(Pool.mean("p", 3).stride(2))));
    all.put(
        "mean pool padded",
        classified(behindConvolution(6, 9, 8).then(Pool.mean("p", 3).stride(2).padding(1))));
    all.put(
        "mean pool padded, ceil",
        classified(
            behindConvolution(6, 8, 7).then(Pool.mean("p", 3).stride(2).padding(1).ceil(true))));
    all.put("global pool", classified(behindConvolution(11, 5, 7).then(new GlobalPool("p"))));
    all.put(
        "convolution behind linear",
        classified(of(4, 3, 3).then(Linear.of("fc1", 12)).then(Convolution.of("conv", 9, 1))));
    all.put(
        "logits of a global pool", behindConvolution(5, 5, 4).then(new GlobalPool("p")).build());
    all.put("batch norm", classified(behindConvolution(10, 5, 5).then(BatchNorm.of("bn"))));
    all.put(
        "batch norm and relu",
        classified(behindConvolution(16, 5, 6).then(BatchNorm.of("bn")).then(new Relu("r"))));
    all.put(
        "bare batch norm",
        classified(
            behindConvolution(7, 5, 5)
                .then(new Relu("r"))
                .then(BatchNorm.of("bn").withoutScaleAndShift().epsilon(1e-4))));
    all.put(
        "bare batch norm first",
        classified(of(3, 5, 5).then(BatchNorm.of("bn").withoutScaleAndShift())));
    all.put(
        "batch norm of a vector",
        classified(of(6, 1, 1).then(Linear.of("fc1", 9)).then(BatchNorm.of("bn"))));
    all.put(
        "addition",
        classified(
            behindConvolution(8, 5, 5)
                .then(convolution(8))
                .add("add", "before")
                .then(new Relu("r"))));
    all.put(
        "addition in place of a batch norm",
        classified(
            behindConvolution(19, 5, 5)
                .then(convolution(19).withoutBias())
                .then(BatchNorm.of("bn"))
                .add("add", "before")
                .then(new Relu("r"))));
    all.put(
        "addition of both kinds",
        classified(
            behindConvolution(8, 5, 5)
                .then(BatchNorm.of("bn"))
                .then(new Relu("r"))
                .then(convolution(8))
                .add("add", "r")
                .add("add2", "before")));
    all.put("twice the same", classified(behindConvolution(8, 4, 4).add("add", "before")));
    all.put(
        "dropout",
        classified(of(6, 3, 3).then(Linear.of("fc1", 40)).then(new Dropout("drop", 0.4))));
    all.put(
        "dropout of maps", classified(behindConvolution(9, 5, 3).then(new Dropout("drop", 0.3))));
    all.put("mlp", known("mlp", new Shape(1, 9, 7), ""));
    all.put("lenet", known("lenet", new Shape(1, 12, 12), "dropout = 0.4"));
    all.put("resnet20", known("resnet20", new Shape(3, 12, 12), ""));
    return all;
  }

  private static Convolution convolution(int channels) {
    return Convolution.of("conv", channels, 3).padding(1);
  }
}
