package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.cluster.Interception;
import io.larch.compute.ReferenceNetwork;
import io.larch.config.RunFile;
import io.larch.observe.Event;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The whole step against a twin in double precision: forward, backward, mean over the global batch,
 * LARS by Algorithm 1 with biases at a fixed ratio, and the schedule; on Fashion-MNIST.
 *
 * <p>Max pooling is where f32 and double part: of some 75,000 windows a lane and step, one in
 * dozens of lanes has two largest values closer than f32 can tell, and its gradient takes another
 * way. At larger rates than this one such a window moves a later loss by more than 1e-4.
 */
@Tag("gate")
class TwinTest {
  private static final int STEPS = 20;
  private static final int LANES = 8;
  private static final int MICRO_BATCH = 8;
  private static final double MOMENTUM = 0.9;
  private static final double DECAY = 0.0005;
  private static final double ETA = 0.001;
  private static final double BIAS_RATIO = 0.001;

  private static Path fashionMnist() {
    String fallback = System.getenv().getOrDefault("LARCH_DATA", "../shared/data");
    Path path = Path.of(System.getProperty("larch.data", fallback), "fashion-mnist");
    assumeTrue(Files.isDirectory(path), path.toAbsolutePath() + " is absent; set LARCH_DATA");
    return path;
  }

  private static Job job() {
    return Job.open(
        RunFile.load(
            Optional.of(Path.of("cluster-configs/fashion-mnist-8k.conf")),
            List.of(
                "data.path=" + fashionMnist(),
                "lanes=" + LANES,
                "micro-batch=" + MICRO_BATCH,
                "global-batch=" + LANES * MICRO_BATCH,
                "steps=" + STEPS,
                "schedule.rate=1",
                "schedule.warm-up=10 steps",
                "devices=2",
                "evaluate.every-epochs=0",
                "evaluate.at-end=false")));
  }

  @Test
  void shouldGiveTheLossesOfTheTwinTo1e4() {
    Job job = job();
    List<Double> losses = new ArrayList<>();
    new Training(
            job,
            Optional.empty(),
            event -> {
              if (event instanceof Event.Step step) {
                losses.add(step.loss());
              }
            },
            Interception.NONE)
        .train(false);
    List<Double> expected = twin(job);
    for (int step = 0; step < STEPS; step++) {
      System.out.println(
          "Q " + expected.get(step) + " " + (losses.get(step) / expected.get(step) - 1));
      assertEquals(expected.get(step), losses.get(step), 1e-4 * expected.get(step), "step " + step);
    }
    assertTrue(expected.get(STEPS - 1) < 0.5 * expected.get(0), "nothing was learned: " + expected);
  }

  private static List<Double> twin(Job job) {
    Map<String, double[]> weights = ReferenceNetwork.initial(job.network(), job.settings().seed());
    Map<String, double[]> velocities = new HashMap<>();
    weights.forEach((name, values) -> velocities.put(name, new double[values.length]));
    List<Double> losses = new ArrayList<>();
    for (int step = 1; step <= STEPS; step++) {
      losses.add(twinStep(job, step, weights, velocities));
    }
    return losses;
  }

  private static double twinStep(
      Job job, int step, Map<String, double[]> weights, Map<String, double[]> velocities) {
    int batch = LANES * MICRO_BATCH;
    List<ReferenceNetwork.Result> lanes =
        IntStream.range(0, LANES)
            .parallel()
            .mapToObj(lane -> lane(job, (step - 1L) * batch + (long) lane * MICRO_BATCH, weights))
            .toList();
    for (String name : weights.keySet()) {
      double[] gradient = new double[weights.get(name).length];
      for (ReferenceNetwork.Result lane : lanes) {
        double[] part = lane.gradient().get(name);
        for (int i = 0; i < part.length; i++) {
          gradient[i] += part[i] / batch;
        }
      }
      update(name, gradient, weights.get(name), velocities.get(name), job.schedule().rate(step));
    }
    return lanes.stream().mapToDouble(ReferenceNetwork.Result::lossSum).sum() / batch;
  }

  private static ReferenceNetwork.Result lane(Job job, long first, Map<String, double[]> weights) {
    int size = job.network().input().size();
    FloatBuffer images =
        ByteBuffer.allocateDirect(MICRO_BATCH * size * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    int[] labels = new int[MICRO_BATCH];
    job.pictures().training(job.settings().seed()).read(first, MICRO_BATCH, images, labels);
    double[] pixels = IntStream.range(0, MICRO_BATCH * size).mapToDouble(images::get).toArray();
    return new ReferenceNetwork(job.network(), job.settings().seed())
        .step(weights, pixels, labels, first);
  }

  private static void update(
      String name, double[] gradient, double[] weights, double[] velocity, double rate) {
    boolean bias = name.endsWith(".bias");
    double norm = norm(weights);
    double ratio = bias ? BIAS_RATIO : ETA * norm / (norm(gradient) + DECAY * norm);
    for (int i = 0; i < weights.length; i++) {
      double decayed = gradient[i] + (bias ? 0 : DECAY * weights[i]);
      velocity[i] = MOMENTUM * velocity[i] + rate * ratio * decayed;
      weights[i] -= velocity[i];
    }
  }

  private static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }
}
