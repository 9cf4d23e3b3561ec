package io.larch.cluster;

import io.larch.compute.Device;
import io.larch.compute.FloatBlock;
import io.larch.compute.InferenceProgram;
import io.larch.compute.Outcome;
import io.larch.compute.StepProgram;
import io.larch.compute.TrainingProgram;
import io.larch.data.Batch;
import io.larch.data.Prefetcher;
import io.larch.data.Reader;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/** Micro-batches of pictures, read ahead by a thread beside the device. */
final class PictureBatches implements MicroBatches {
  /** Micro-batches that are read before they are needed, the one in use included. */
  private static final int READ_AHEAD = 4;

  private final Device device;
  private final RunContext context;
  private final Samples.Pictures samples;
  private final TrainingProgram training;
  private final Prefetcher prefetcher;
  private InferenceProgram inference;
  private Batch taken;

  PictureBatches(Device device, RunContext context, Samples.Pictures samples) {
    this.device = device;
    this.context = context;
    this.samples = samples;
    var settings = context.settings();
    training =
        device.compileTraining(
            context.network(), settings.microBatch(), settings.precision(), settings.seed());
    prefetcher = prefetcher("larch-reader-", samples.training());
  }

  private Prefetcher prefetcher(String name, Reader reader) {
    return new Prefetcher(
        name + device.index(),
        reader,
        READ_AHEAD,
        context.settings().microBatch(),
        sampleFloats(),
        context.stallLimit());
  }

  private int sampleFloats() {
    return context.network().input().size();
  }

  @Override
  public StepProgram program() {
    return training;
  }

  @Override
  public void request(long first) {
    prefetcher.request(first, context.settings().microBatch());
  }

  @Override
  public void clear() {
    prefetcher.clear();
  }

  @Override
  public long waitedNs() {
    return prefetcher.waitedNs();
  }

  @Override
  public void take() throws InterruptedException {
    taken = prefetcher.take();
    training.images().put(0, taken.images(), 0, taken.count() * sampleFloats());
  }

  @Override
  public Outcome step(FloatBlock gradient, boolean accumulate, Consumer<String> layerReady) {
    return training.step(taken.labels(), taken.first(), gradient, accumulate, layerReady);
  }

  @Override
  public void release() {
    prefetcher.release(taken);
    taken = null;
  }

  @Override
  public Outcome prove(FloatBlock gradient) {
    RandomStream values = RandomStream.of(0, Purpose.PROOF);
    FloatBuffer images = training.images();
    for (int i = 0; i < images.limit(); i++) {
      images.put(i, (float) values.gaussian(i));
    }
    int[] labels = new int[context.settings().microBatch()];
    Arrays.setAll(labels, i -> i % context.network().classes());
    return training.step(labels, 0, gradient, false, layer -> {});
  }

  @Override
  public TestBatches test(FloatBlock weights, int from, int to) {
    openInference();
    inference.pack(weights);
    return new PictureTest(from, to);
  }

  private void openInference() {
    if (inference == null) {
      var settings = context.settings();
      inference =
          device.compileInference(context.network(), settings.microBatch(), settings.precision());
    }
  }

  private final class PictureTest implements TestBatches {
    private final Prefetcher ahead = prefetcher("larch-test-reader-", samples.test());

    PictureTest(int from, int to) {
      int microBatch = context.settings().microBatch();
      for (int batch = from; batch < to; batch++) {
        int first = batch * microBatch;
        ahead.request(first, Math.min(microBatch, samples.testSamples() - first));
      }
    }

    @Override
    public Outcome next() throws InterruptedException {
      Batch batch = ahead.take();
      try {
        inference.images().put(0, batch.images(), 0, batch.count() * sampleFloats());
        return inference.evaluate(Arrays.copyOf(batch.labels(), batch.count()));
      } finally {
        ahead.release(batch);
      }
    }

    @Override
    public long waitedNs() {
      return ahead.waitedNs();
    }

    @Override
    public void close() {
      ahead.close();
    }
  }

  @Override
  public void close() {
    training.close();
    if (inference != null) {
      inference.close();
    }
    prefetcher.close();
  }
}
