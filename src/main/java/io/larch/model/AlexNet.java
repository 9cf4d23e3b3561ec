package io.larch.model;

import io.larch.config.ModelSettings;
import io.larch.model.Initializer.Constant;
import io.larch.model.Initializer.Gaussian;
import io.larch.model.Layer.BatchNorm;
import io.larch.model.Layer.Convolution;
import io.larch.model.Layer.Dropout;
import io.larch.model.Layer.Linear;
import io.larch.model.Layer.LocalResponseNorm;
import io.larch.model.Layer.Pool;
import io.larch.model.Layer.Relu;

/**
 * AlexNet (Krizhevsky et al. 2012) as Caffe has it, layers named as there: five convolutions, of
 * which the second, fourth and fifth have two groups, and three linear layers. Option {@code
 * dropout}, 0.5 by default, is the probability before the last two.
 *
 * <p>{@code alexnet} (bvlc_alexnet) normalises local responses between the ReLU and the pool of the
 * first two convolutions. {@code alexnet-bn} (NVCaffe's models/alexnet_bn/train_val2_fp16.prototxt,
 * which the LARS paper trains) does not; instead the <em>inputs</em> of the second to fifth
 * convolution pass a batch norm without scale and shift.
 */
final class AlexNet {
  private final NetworkBuilder network;
  private final boolean batchNorm;

  private AlexNet(NetworkBuilder network, boolean batchNorm) {
    this.network = network;
    this.batchNorm = batchNorm;
  }

  /** With local response normalisation. */
  static Network build(ModelSettings settings, Shape input, int classes) {
    AlexNet alexnet = new AlexNet(Network.of("alexnet", input, classes), false);
    return alexnet.layers(dropout(settings), classes);
  }

  /** With batch norm. */
  static Network buildBatchNorm(ModelSettings settings, Shape input, int classes) {
    AlexNet alexnet = new AlexNet(Network.of("alexnet-bn", input, classes), true);
    return alexnet.layers(dropout(settings), classes);
  }

  private static double dropout(ModelSettings settings) {
    return Options.of(settings, "dropout").number("dropout", 0.5);
  }

  private Network layers(double dropout, int classes) {
    convolution(1, Convolution.of("conv1", 96, 11).stride(4), 0);
    responseNorm(1);
    pool(1);
    batchNorm(2);
    convolution(2, Convolution.of("conv2", 256, 5).padding(2).groups(2), 0.1);
    responseNorm(2);
    pool(2);
    batchNorm(3);
    convolution(3, Convolution.of("conv3", 384, 3).padding(1), 0);
    batchNorm(4);
    convolution(4, Convolution.of("conv4", 384, 3).padding(1).groups(2), 0.1);
    batchNorm(5);
    convolution(5, Convolution.of("conv5", 256, 3).padding(1).groups(2), 0.1);
    pool(5);
    hidden(6, dropout);
    hidden(7, dropout);
    Constant bias = new Constant(batchNorm ? 0.01f : 0);
    return network.then(Linear.of("fc8", classes).initialised(new Gaussian(0.01), bias)).build();
  }

  /**
   * @param bias its first value in {@code alexnet}; in {@code alexnet-bn} each is 0.01
   */
  private void convolution(int number, Convolution convolution, double bias) {
    Constant first = new Constant(batchNorm ? 0.01f : (float) bias);
    network
        .then(convolution.initialised(new Gaussian(0.01), first))
        .then(new Relu("relu" + number));
  }

  private void hidden(int number, double dropout) {
    network
        .then(Linear.of("fc" + number, 4096).initialised(new Gaussian(0.005), new Constant(0.1f)))
        .then(new Relu("relu" + number));
    if (dropout > 0) {
      network.then(new Dropout("drop" + number, dropout));
    }
  }

  private void responseNorm(int number) {
    if (!batchNorm) {
      network.then(new LocalResponseNorm("norm" + number, 5, 1e-4, 0.75));
    }
  }

  private void batchNorm(int number) {
    if (batchNorm) {
      network.then(BatchNorm.of("bn" + number).withoutScaleAndShift().epsilon(1e-4).decay(0.9));
    }
  }

  private void pool(int number) {
    network.then(Pool.maximum("pool" + number, 3).stride(2).ceil(true));
  }
}
